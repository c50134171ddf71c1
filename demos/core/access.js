// What is seen, for those who do not see it: an answer is announced, a figure has its numbers in a
// table. Runs once, for all pages; figures and answers come and go, so the document is watched.

// --- announcing ------------------------------------------------------------------------------
// Parts of the page are replaced as a whole, and a live region that is new itself is not read out:
// so one region stays, and takes the text of each new answer. Errors are alerts by themselves.
const announcer = document.querySelector('#announcer');
let announced = '';

function announce() {
  const found = [...document.querySelectorAll('.answer')].find(e => e.offsetParent);
  if (!found || found.outerHTML === announced) return;
  announced = found.outerHTML;
  const words = [...found.children].map(part => part.textContent.trim()).filter(Boolean);
  announcer.textContent = found.matches('.waiting, .error') ? '' : words.join(', ');
}

// --- numbers -----------------------------------------------------------------------------------
const MOST = 40;  // rows or columns of a map in a table; of a finer one blocks are added up
const BLOCKS = 16;
const digits = new Intl.NumberFormat('en', {maximumSignificantDigits: 5, useGrouping: false});
const written = value => value == null ? '' : typeof value === 'number' ? digits.format(value) : plain(value);
// Plotly reads some HTML in texts, so ours come escaped.
const plain = text => new DOMParser().parseFromString(String(text), 'text/html').body.textContent;
// Of the layout as it was given: Plotly fills in words of its own.
const title = part => plain(part?.title?.text ?? '');

function table(caption, head, rows) {
  const made = document.createElement('table');
  made.className = 'compare';
  made.createCaption().textContent = caption;
  const cell = (row, tag, text, scope) => {
    const added = document.createElement(tag);
    if (scope && added.tagName === 'TH') added.scope = scope;
    added.textContent = written(text);
    row.append(added);
  };
  const top = made.createTHead().insertRow(), body = made.createTBody();
  head.forEach(text => cell(top, text ? 'th' : 'td', text, 'col'));
  for (const values of rows) {
    const row = body.insertRow();
    values.forEach((value, i) => i ? cell(row, 'td', value) : cell(row, 'th', value, 'row'));
  }
  return made;
}

// The axis that a trace stands on: `x`, `x2`, …
const axis = (layout, id) => layout[`${id[0]}axis${id.slice(1)}`];

// One row per point; where no line has two points in one place, a row per place, a column per line.
function points(traces, layout) {
  const x = title(axis(layout, traces[0].xaxis)) || 'x';
  const y = title(axis(layout, traces[0].yaxis)) || traces[0].name;
  const caption = title(layout) || y;
  const named = traces.some(t => Array.isArray(t.text));
  const rows = traces.flatMap(t => [...t.x].map((at, i) => ({
    line: t.name, at, value: t.y[i], name: Array.isArray(t.text) ? t.text[i] : ''})));
  const names = row => named ? [row.name] : [];
  const head = [x, ...(named ? ['point'] : [])];
  if (traces.some(t => new Set(t.x).size < t.x.length) || traces.every(t => t.x.length < 2)) {
    const line = traces.length > 1;
    return table(caption, [...head, y, ...(line ? ['line'] : [])],
      rows.map(r => [r.at, ...names(r), r.value, ...(line ? [r.line] : [])]));
  }
  const places = new Map();
  for (const row of rows) {
    const place = places.get(row.at) ?? {...row, values: {}};
    place.values[row.line] = row.value;
    place.name ||= row.name;
    places.set(row.at, place);
  }
  const lines = traces.map(t => t.name);
  return table(caption, [...head, ...(lines.length > 1 ? lines : [y])],
    [...places.values()].map(p => [p.at, ...names(p), ...lines.map(line => p.values[line])]));
}

function map(trace, layout) {
  const shown = trace.text ?? trace.z, high = shown.length, wide = shown[0].length;
  const at = (values, start, step, i) => values?.[i] ?? (start ?? 0) + (step ?? 1) * i;
  const corner = [title(layout.yaxis), title(layout.xaxis)].filter(Boolean).join(' / ');
  if (Math.max(high, wide) <= MOST) {
    const head = Array.from(shown[0], (_, i) => at(trace.x, trace.x0, trace.dx, i));
    return table(title(layout) || 'Values', [corner, ...head],
      Array.from(shown, (row, i) => [at(trace.y, trace.y0, trace.dy, i), ...row]));
  }
  const size = Math.ceil(Math.max(high, wide) / BLOCKS);
  const sums = Array.from({length: Math.ceil(high / size)}, () => Array(Math.ceil(wide / size)).fill(0));
  trace.z.forEach((row, i) => row.forEach((value, j) => {
    sums[Math.floor(i / size)][Math.floor(j / size)] += value;
  }));
  const place = (start, step, i) => Math.round((start ?? 0) + (step ?? 1) * (i * size - .5));
  return table(`Sums over blocks of ${size} × ${size} points of the map, labelled by where they begin`,
    [corner, ...sums[0].map((_, j) => place(trace.x0, trace.dx, j))],
    sums.map((row, i) => [place(trace.y0, trace.dy, i), ...row]));
}

function fill(plot, details) {
  const traces = plot._fullData.filter(trace => trace.visible === true);
  const layout = plot.layout;
  const scatters = traces.filter(trace => trace.x && trace.y && !trace.z);
  const tables = traces.filter(trace => trace.z).map(trace => map(trace, layout));
  for (const id of new Set(scatters.map(trace => trace.xaxis)))
    tables.push(points(scatters.filter(trace => trace.xaxis === id), layout));
  details.querySelector('.scroll').replaceChildren(...tables);
}

// Which are open, by tab and title: a figure that is drawn anew keeps its table open.
const opened = new Set();

// Filled when it is opened: most are never opened, and a map has many numbers.
function number(plot) {
  const details = document.createElement('details'), summary = document.createElement('summary');
  const scroll = document.createElement('div'), label = title(plot.layout) || 'Map';
  details.className = 'numbers';
  summary.textContent = 'Numbers in this figure';
  scroll.className = 'scroll';
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', `Numbers: ${label}`);
  plot.setAttribute('role', 'figure');
  plot.setAttribute('aria-label', `${label}; its numbers are in the table below`);
  details.append(summary, scroll);
  const key = `${plot.closest('[role=tabpanel]')?.id} ${label}`;
  details.open = opened.has(key);
  details.addEventListener('toggle', () => {
    opened[details.open ? 'add' : 'delete'](key);
    if (details.open) fill(plot, details);
  });
  plot.on('plotly_afterplot', () => details.open && fill(plot, details));
  plot.numbers = details;
  plot.parentElement.querySelector(':scope > .numbers')?.remove();  // of a figure that is gone
  plot.after(details);
}

// --- cells of a confusion matrix ---------------------------------------------------------------
// A click on a cell, or on its button below, shows what is in it.
function cell(near, name) {
  const all = [...near.querySelectorAll('[data-photos]')];
  for (const part of all) part.hidden = part.dataset.photos !== name;
  const shown = all.find(part => !part.hidden), none = near.querySelector('[data-no-photos]');
  none.hidden = Boolean(shown);
  (shown ?? none).scrollIntoView({block: 'nearest'});
}

document.addEventListener('click', event => {
  const button = event.target.closest('[data-cell]');
  if (button) cell(button.closest('.cells'), button.dataset.cell);
});

function clickable(plot) {
  plot.on('plotly_click', ({points: [point]}) => {
    const near = plot.closest('.panels > *')?.querySelector('.cells');
    if (near && point.data.type === 'heatmap') cell(near, `${point.y}|${point.x}`);
  });
}

// --- numbers out of range ----------------------------------------------------------------------
// Gradio's page puts a number back between the ends of its slider later, and says nothing.
const said = new WeakMap();

document.addEventListener('blur', ({target: box}) => {
  if (!box.matches?.('.inputs input[type=number][min][max]')) return;
  said.get(box)?.remove();
  const {value, min, max} = box, end = +value < +min ? min : +value > +max ? max : null;
  if (value === '' || end === null) return;
  const note = document.createElement('p');
  note.className = 'note out-of-range';
  note.setAttribute('role', 'alert');
  note.textContent = `${value} is out of range: it was put back to ${end}.`;
  box.value = end;  // now, so that a click that follows at once asks with it
  box.dispatchEvent(new Event('input', {bubbles: true}));
  box.closest('.block').append(note);
  said.set(box, note);
}, true);

// --- keyboard --------------------------------------------------------------------------------
// Gradio gives every radio button a name of its own, so for the browser they are no group in which
// arrow keys choose.
const BY = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
document.addEventListener('keydown', event => {
  const by = BY[event.key], radio = event.target;
  if (!by || !radio.matches('input[type=radio]')) return;
  const group = [...(radio.closest('fieldset, .block')?.querySelectorAll('input[type=radio]') ?? [])];
  const next = group[(group.indexOf(radio) + by + group.length) % group.length];
  event.preventDefault();
  next?.focus();
  next?.click();
});

let waiting = false;
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    announce();
    for (const plot of document.querySelectorAll('.js-plotly-plot'))
      if (plot._fullData && !plot.numbers?.isConnected) {
        number(plot);
        clickable(plot);
        if (plot.closest('.stage')) window.gallery.legible(plot);
      }
  });
}).observe(document.body, {childList: true, subtree: true, characterData: true});
