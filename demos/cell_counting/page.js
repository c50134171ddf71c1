// What the browser changes in the map by itself: its opacity, the positions, a box to count in.
const {shownPlot} = window.gallery;

window.gallery.plot = (control, value) => {
  const plot = shownPlot(control), layers = plot?.data ?? [];
  const kind = control === '.opacity' ? 'heatmap' : 'scatter';
  const change = control === '.opacity' ? {opacity: value} : {visible: value};
  if (plot) window.Plotly?.restyle(plot, change, [layers.findIndex(layer => layer.type === kind)]);
};

// A box dragged over the map fills the page's four bounds.
document.addEventListener('mouseup', () => setTimeout(() => {
  const plot = shownPlot('#box-left'), box = plot?.layout?.selections?.[0];
  if (!box) return;
  const bounds = {left: Math.min(box.x0, box.x1), right: Math.max(box.x0, box.x1),
    top: Math.min(box.y0, box.y1), bottom: Math.max(box.y0, box.y1)};
  for (const [side, value] of Object.entries(bounds)) {
    const field = document.querySelector(`#box-${side} input`);
    if (!field || +field.value === Math.round(value)) continue;
    field.value = Math.max(0, Math.round(value));
    field.dispatchEvent(new Event('input', {bubbles: true}));
  }
}, 100));
