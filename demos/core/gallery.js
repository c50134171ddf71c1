// The address follows tab, example and step; opening an address restores them; presentation mode.
// Runs once when the page has loaded. Elements come and go with their tabs, so every listener
// stands on the document.
const root = document.querySelector('.contain > *');
const query = () => new URLSearchParams(location.search);
let quiet = false;  // while a click only restores what the address already says
let visits = 0;  // a newer one ends the restoring of an older one
let opened = '';  // the tab that was clicked last, which Gradio's page shows a moment later

// --- address ---------------------------------------------------------------------------------
function visit(changes) {
  if (quiet) return;
  visits += 1;
  const now = query();
  for (const key of ['demo', 'step', 'example']) now.delete(key);
  for (const [key, value] of Object.entries(changes)) if (value) now.set(key, value);
  const text = now.toString();
  if (text === query().toString()) return;
  history.pushState(null, '', text ? `?${text}` : location.pathname);
  tellSpaces(text);
}

// On Hugging Face Spaces the page is in a frame; this is Spaces' own way to show its address.
function tellSpaces(text) {
  if (window.parent !== window && location.hostname.endsWith('.hf.space'))
    window.parent.postMessage({queryString: text, hash: ''}, 'https://huggingface.co');
}

// Gradio keeps a second, invisible row of tabs to measure their widths.
const buttons = () => [...document.querySelectorAll('[role=tab][data-tab-id]')];
const tab = slug => buttons().findLast(t => t.dataset.tabId === (slug || 'overview'));
const currentDemo = () => query().get('demo') || '';

async function until(find, tries = 100) {
  for (let i = 0; i < tries; i++) {
    const found = find();
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return null;
}

function panel(slug) {
  const title = document.querySelector(`.title[data-demo="${slug}"]`);
  return title && title.closest('[role=tabpanel]');
}

function click(target) {
  quiet = true;
  try { target.click(); } finally { quiet = false; }
}

async function restore() {
  const wanted = query(), slug = wanted.get('demo') || '', mine = ++visits;
  const button = await until(() => tab(slug) || tab(''));
  if (mine !== visits) return;
  if (button && (button.dataset.tabId !== (opened || button.dataset.tabId)
    || button.getAttribute('aria-selected') !== 'true')) click(button);
  const shown = slug && await until(() => panel(slug));
  if (!shown || mine !== visits) return;
  const step = wanted.get('step'), example = wanted.get('example');
  const find = step ? `.tour [data-name="${CSS.escape(step)}"]`
    : example ? `.examples [data-name="${CSS.escape(example)}"]` : null;
  const target = find && await until(() => shown.querySelector(find), 20);
  if (mine !== visits) return;
  if (target && !target.hasAttribute('aria-current')) click(target);
  else if (!find) mark(shown, null);
}

// --- which step, which example ------------------------------------------------------------------
function mark(shown, target) {
  withdraw();
  for (const other of shown.querySelectorAll('.tour [data-name], .examples [data-name]'))
    other === target ? other.setAttribute('aria-current', 'step') : other.removeAttribute('aria-current');
  const step = target && target.closest('.tour') ? target.dataset.name : '0';
  for (const caption of shown.querySelectorAll('[data-caption]'))
    caption.hidden = caption.dataset.caption !== step;
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[data-open]');
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    tab(link.dataset.open)?.click();
    return;
  }
  const chosenTab = event.target.closest('[role=tab][data-tab-id]');
  if (chosenTab) {
    const slug = opened = chosenTab.dataset.tabId;
    if (slug !== (currentDemo() || 'overview')) visit({demo: slug === 'overview' ? '' : slug});
    window.scrollTo(0, 0);
    return;
  }
  const chosen = event.target.closest('.tour [data-name], .examples [data-name]');
  if (chosen) {
    const shown = chosen.closest('[role=tabpanel]');
    const slug = shown.querySelector('.title[data-demo]').dataset.demo;
    mark(shown, chosen);
    // Examples stand below the fold of a small screen: what happens next should be seen.
    if (chosen.closest('.examples')) shown.querySelector('.result')?.scrollIntoView({block: 'nearest'});
    visit({demo: slug, [chosen.closest('.tour') ? 'step' : 'example']: chosen.dataset.name});
    return;
  }
  const answer = event.target.closest('[data-answer]');
  if (answer) guess(answer);
  const action = event.target.closest('[data-action]')?.dataset.action;
  if (action === 'theme') document.body.classList.toggle('dark');
  if (action === 'present') present(true);
});

// --- presentation: p starts and ends it, arrows walk the steps and on to the next demo ---------
function present(on) {
  root.classList.toggle('present', on);
  if (asking) goOn(false);
  document.querySelectorAll('.stage .js-plotly-plot').forEach(legible);
  const now = query();
  on ? now.set('present', '1') : now.delete('present');
  const text = now.toString();
  history.replaceState(null, '', text ? `?${text}` : location.pathname);
  tellSpaces(text);
}

// In presentation mode the row of tabs is not displayed, so the order is read once and tabs are
// opened through any of their buttons.
const order = [...new Set(buttons().map(t => t.dataset.tabId))];

let walking = false;  // to another demo, whose page takes a moment to be there

async function walk(by) {
  if (walking) return;
  if (asking && goOn(by > 0)) return;
  const demos = order.filter(slug => slug !== 'overview');
  const slug = currentDemo(), shown = panel(slug);
  const steps = shown ? [...shown.querySelectorAll('.tour [data-name]')] : [];
  const next = steps.findIndex(step => step.hasAttribute('aria-current')) + by;
  if (steps[next] && next >= 0) { enter(steps[next], by); return; }
  if (!demos[demos.indexOf(slug) + by]) return;
  const other = demos[demos.indexOf(slug) + by];
  walking = true;
  tab(other).click();
  const opened = await until(() => panel(other));
  walking = false;
  if (!opened) return;
  const all = [...opened.querySelectorAll('.tour [data-name]')];
  if (all.length) enter(all.at(by > 0 ? 0 : -1), by);
}

// --- guesses: on the way forward, a step with a question asks the room before it runs -------------
let asking = null;  // the step whose question is shown
const questionOf = step => step.closest('.tour').querySelector(`[data-guess="${step.dataset.name}"]`);

function enter(step, by) {
  const question = by > 0 && questionOf(step);
  if (!question) { step.click(); return; }
  for (const other of step.closest('.tour').querySelectorAll('[data-caption], .guessed')) other.hidden = true;
  for (const answer of question.querySelectorAll('[data-answer]')) answer.setAttribute('aria-pressed', 'false');
  question.hidden = false;
  root.classList.add('guessing');
  asking = step;
}

function guess(answer) {
  for (const other of answer.parentElement.children) other.setAttribute('aria-pressed', String(other === answer));
}

// A question is taken back when any step or example is shown.
function withdraw() {
  root.classList.remove('guessing');
  for (const open of document.querySelectorAll('.guess:not([hidden]), .guessed')) open.hidden = true;
  asking = null;
}

// On to the step that was asked about, or back to the one before it: true if there is one here.
function goOn(forward) {
  const step = asking, tour = step.closest('.tour'), question = questionOf(step);
  const before = tour.querySelector('[aria-current]');
  if (!forward) {
    mark(step.closest('[role=tabpanel]'), before);
    return before !== null;
  }
  const answers = [...question.querySelectorAll('[data-answer]')];
  const said = answers.findIndex(answer => answer.getAttribute('aria-pressed') === 'true');
  const words = answer => `“${answer.lastChild.textContent.trim()}”`;
  const right = Number(question.dataset.right);
  step.click();
  const told = tour.querySelector('.guessed');
  told.textContent = said < 0 ? `It is ${words(answers[right])}.`
    : said === right ? `You guessed ${words(answers[said])}, and so it is.`
    : `You guessed ${words(answers[said])}; it is ${words(answers[right])}.`;
  told.hidden = false;
  return true;
}

document.addEventListener('keydown', event => {
  const typing = event.target.closest('input:not([type=radio]), textarea, select, [contenteditable]');
  if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === 'p') present(!root.classList.contains('present'));
  if (!root.classList.contains('present')) return;
  if (event.key === 'Escape') present(false);
  if (asking && '123'.includes(event.key)) guess(questionOf(asking).querySelectorAll('[data-answer]')[event.key - 1]);
  if (event.key === 'ArrowRight' || event.key === 'PageDown') { event.preventDefault(); walk(1); }
  if (event.key === 'ArrowLeft' || event.key === 'PageUp') { event.preventDefault(); walk(-1); }
});

// --- figures ------------------------------------------------------------------------------------
// They are drawn for a desk; from the back of a room their words have to be larger.
function legible(plot) {
  const size = root.classList.contains('present') ? 20 : 14;
  if (plot.layout && plot.layout.font?.size !== size)
    window.Plotly?.relayout(plot, {'font.size': size, 'title.font.size': size + 1});
}

// What the scripts of single demos use.
window.gallery = {
  legible,
  // The figure of the answer on the page that shows `near` (a selector), if it is open.
  shownPlot(near) {
    const shown = [...document.querySelectorAll(near)].find(e => e.offsetParent);
    return shown?.closest('[role=tabpanel]')?.querySelector('.stage .js-plotly-plot');
  },
};

// --- busy: a request that found no place in the queue -------------------------------------------
// Gradio's page has words of its own for this (status 503). The server's sentence is shown in the
// answer's place, or below the answer if only its details were refused; elsewhere as a message.
const events = window.gradio_config.dependencies;
// An answer's event is known by its output, the part with the class `result`; the event that adds
// details follows it.
const results = new Set(window.gradio_config.components
  .filter(part => part.props.elem_classes?.includes('result')).map(part => part.id));
const answers = event => event?.outputs.some(id => results.has(id)) ?? false;
const adds = event => answers(events.find(before => before.id === event?.trigger_after));
const ask = window.fetch;
window.fetch = async (...request) => {
  const found = await ask(...request);
  if (!new URL(found.url || location.href).pathname.endsWith('/gradio_api/queue/join')) return found;
  const event = events.find(one => one.id === JSON.parse(request[1].body).fn_index);
  const instead = answers(event);
  const place = (instead || adds(event)) && panel(currentDemo())?.querySelector('.result');
  if (place) place.parentElement.querySelector('.busy')?.remove();
  if (found.status !== 503) return found;
  const {detail} = await found.json();
  if (!place) return Response.json({detail}, {status: 429});
  const note = document.createElement('div'), text = document.createElement('span');
  note.className = `answer error busy ${instead ? 'instead' : 'below'}`;
  note.setAttribute('role', 'alert');
  text.className = 'big';
  text.textContent = detail;
  note.append(text);
  instead ? place.before(note) : place.after(note);
  return Response.json({detail: []}, {status: 422}); // it failed, and there is no more to say
};

// A file that is no picture: the answer says so, and the browser's broken image says nothing more.
for (const kind of ['error', 'load'])
  document.addEventListener(kind, event => {
    if (event.target.matches?.('.inputs img')) event.target.classList.toggle('broken', kind === 'error');
  }, true);

// --- start ---------------------------------------------------------------------------------------
window.addEventListener('popstate', restore);
if (query().get('present')) root.classList.add('present');
// Browsers give webcam and clipboard to secure pages only: the webcam is hidden, a sentence shown.
if (!window.isSecureContext) root.classList.add('insecure');
restore();
