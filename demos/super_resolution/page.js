// Two pictures with a slider between them, and a lens that shows the same crop of all.
const SIDE = 32;  // pixels of a crop, drawn four times as large

const views = () => document.querySelectorAll('.sr-view');
const viewOf = part => part.closest?.('.sr-view');

function lookAt(view, x, y) {
  const columns = +view.dataset.columns, rows = +view.dataset.rows;
  const wide = Math.min(SIDE, columns), high = Math.min(SIDE, rows);
  const left = Math.round(Math.min(Math.max(0, x - wide / 2), columns - wide));
  const top = Math.round(Math.min(Math.max(0, y - high / 2), rows - high));
  Object.assign(view.dataset, {x: left + wide / 2, y: top + high / 2});
  const lens = view.querySelector('.sr-lens');
  lens.style.cssText = `left:${100 * left / columns}%;top:${100 * top / rows}%;`
    + `width:${100 * wide / columns}%;height:${100 * high / rows}%`;
  for (const canvas of view.querySelectorAll('canvas[data-crop]')) {
    const picture = view.querySelector(`img[data-picture="${canvas.dataset.crop}"]`);
    const pen = canvas.getContext('2d');
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (picture?.complete && picture.naturalWidth)
      pen.drawImage(picture, left, top, wide, high, 0, 0, 4 * wide, 4 * high);
  }
}

function sides(view) {
  for (const side of ['left', 'right']) {
    const chosen = view.querySelector(`[data-side=${side}]`).value;
    for (const picture of view.querySelectorAll('img[data-picture]'))
      picture.classList.toggle(side, picture.dataset.picture === chosen);
  }
}

// What is new is looked at in its middle once its pictures are there; a view that replaces another
// one keeps its place, its sides and its cut.
let before = null;
async function prepare(view) {
  view.dataset.ready = '';
  const same = before && before.columns === view.dataset.columns && before.rows === view.dataset.rows;
  if (same) {
    for (const side of ['left', 'right']) {
      const field = view.querySelector(`[data-side=${side}]`);
      if (before.touched && [...field.options].some(o => o.value === before[side])) field.value = before[side];
    }
    view.querySelector('[data-cut]').value = before.cut;
    cut(view);
    sides(view);
  }
  await Promise.all([...view.querySelectorAll('img')].map(i => i.decode().catch(() => null)));
  const {columns, rows} = view.dataset;
  lookAt(view, same ? +before.x : columns / 2, same ? +before.y : rows / 2);
  remember(view);
}

function remember(view, touched = before?.touched) {
  const {columns, rows, x, y} = view.dataset;
  const value = side => view.querySelector(`[data-side=${side}]`).value;
  before = {columns, rows, x, y, left: value('left'), right: value('right'),
    cut: view.querySelector('[data-cut]').value, touched};
}

function cut(view) {
  view.style.setProperty('--cut', `${view.querySelector('[data-cut]').value}%`);
}

new MutationObserver(() => {
  for (const view of views()) if (!('ready' in view.dataset)) prepare(view);
}).observe(document.body, {childList: true, subtree: true});

document.addEventListener('input', event => {
  const view = viewOf(event.target);
  if (!view) return;
  if (event.target.matches('[data-cut]')) cut(view);
  const chooses = event.target.matches('[data-side]');
  if (chooses) sides(view);
  remember(view, before?.touched || chooses);
});

document.addEventListener('pointermove', event => {
  const stage = event.target.closest?.('.sr-stage');
  if (!stage) return;
  const view = viewOf(stage), box = stage.getBoundingClientRect();
  lookAt(view, (event.clientX - box.left) / box.width * view.dataset.columns,
    (event.clientY - box.top) / box.height * view.dataset.rows);
  remember(view);
});

const KEYS = {ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8]};
document.addEventListener('keydown', event => {
  if (!event.target.matches?.('.sr-stage') || !KEYS[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  const view = viewOf(event.target), [x, y] = KEYS[event.key];
  lookAt(view, +view.dataset.x + x, +view.dataset.y + y);
  remember(view);
}, true);
