// “Teach it yourself”: pictures from files, the clipboard and the webcam take one path to the server,
// made small here.
const SHORT = 432, BATCH = 12, FRAME = 220; // pixels, files at once, milliseconds
const teach = () => [...document.querySelectorAll('.teach')].find(e => e.offsetParent);
const pause = ms => new Promise(done => setTimeout(done, ms));

async function until(find, tries = 1200) {
  for (let i = 0; i < tries; i++) {
    const found = find();
    if (found) return found;
    await pause(50);
  }
  return null;
}

const ask = detail =>
  teach()?.querySelector('.board').dispatchEvent(new CustomEvent('ask', {detail, bubbles: true}));

// --- files -----------------------------------------------------------------------------------------
function small(source, width, height, name) {
  const scale = Math.min(1, SHORT / Math.min(width, height)), canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise(done => canvas.toBlob(
    blob => done(new File([blob], name, {type: 'image/jpeg'})), 'image/jpeg', 0.92));
}

// What the browser cannot read goes to the server as it is, which says what is wrong with it.
async function shrunk(file) {
  if (!file.type.startsWith('image/') || file.size < 400_000) return file;
  try {
    const image = await createImageBitmap(file);
    return await small(image, image.width, image.height, file.name.replace(/\.\w+$/, '') + '.jpg');
  } catch { return file; }
}

async function put(selector, files) {
  const input = await until(() => teach()?.querySelector(`${selector} input[type=file]`));
  if (!input) return;
  const given = new DataTransfer();
  files.forEach(file => given.items.add(file));
  input.files = given.files;
  input.dispatchEvent(new Event('change', {bubbles: true}));
}

const token = selector => teach()?.querySelector(`${selector} [data-token]`)?.dataset.token;
let feeding = Promise.resolve();

function feed(label, files) {
  feeding = feeding.then(() => fed(label, [...files])).catch(() => {});
  return feeding;
}

async function fed(label, files) {
  if (label === '') return tryOne(await shrunk(files[0]));
  for (let i = 0; i < files.length; i += BATCH) {
    const part = await Promise.all(files.slice(i, i + BATCH).map(shrunk));
    const box = teach().querySelector('.feed-target textarea, .feed-target input');
    box.value = label;
    box.dispatchEvent(new Event('input', {bubbles: true}));
    await pause(60); // Gradio's page takes the text up a moment later
    const before = token('.teach-status');
    await put('.feed-files', part);
    await until(() => token('.teach-status') && token('.teach-status') !== before);
  }
}

async function tryOne(file) {
  const before = token('.teach-result');
  await put('.feed-one', [file]);
  await until(() => token('.teach-result') && token('.teach-result') !== before, 400);
}

// --- webcam ----------------------------------------------------------------------------------------
// The preview is a mirror; what is sent is not.
let stream = null, label = '', filming = false, live = 0;
const dock = () => teach()?.querySelector('.camera');

async function open(zone) {
  const place = dock(), said = place.querySelector('[data-camera-of]');
  label = zone;
  place.hidden = false;
  place.classList.toggle('live', zone === '');
  said.textContent = zone === '' ? 'What the webcam sees is judged as it comes.' : `For “${zone}”.`;
  try {
    stream ??= await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
  } catch {
    said.textContent = 'The webcam cannot be used: allow it in the browser, or choose files instead.';
    return;
  }
  const video = place.querySelector('video');
  video.srcObject = stream;
  await video.play();
  place.scrollIntoView({block: 'nearest'});
  if (zone === '') watch(++live);
}

function close() {
  live += 1;
  filming = false;
  stream?.getTracks().forEach(track => track.stop());
  stream = null;
  if (dock()) dock().hidden = true;
}

function frame(name) {
  const video = dock().querySelector('video');
  return small(video, video.videoWidth, video.videoHeight, name);
}

async function watch(mine) {
  while (mine === live && stream && label === '') {
    await tryOne(await frame('webcam.jpg'));
    await pause(150);
  }
}

async function film() {
  if (filming || !stream) return;
  filming = true;
  const mine = Date.now().toString(36), frames = [], button = dock().querySelector('[data-film]');
  button.classList.add('on');
  while (filming && frames.length < 60) {
    frames.push(await frame(`burst-${mine}-${String(frames.length).padStart(2, '0')}.jpg`));
    button.textContent = `${frames.length} pictures`;
    await pause(FRAME);
  }
  filming = false;
  button.classList.remove('on');
  button.textContent = 'Hold to film';
  feed(label, frames);
}

// --- what is clicked, dropped, pasted, written --------------------------------------------------------
const marked = () => [...teach().querySelectorAll('.shot[aria-pressed=true]')];

function show() {
  const bar = teach().querySelector('.selection'), count = marked().length;
  if (!bar) return;
  bar.hidden = !count;
  bar.querySelector('[data-marked]').textContent = count === 1 ? '1 picture' : `${count} pictures`;
}

document.addEventListener('click', event => {
  if (event.target.closest('.to-teach')) teach()?.scrollIntoView({behavior: 'smooth'});
  const inside = event.target.closest('.teach');
  if (!inside) return;
  const shot = event.target.closest('.shot');
  if (shot) {
    shot.setAttribute('aria-pressed', shot.getAttribute('aria-pressed') !== 'true');
    show();
    return;
  }
  if (event.target.closest('[data-camera]')) { open(event.target.closest('[data-zone]').dataset.zone); return; }
  if (event.target.closest('[data-camera-close]')) { close(); return; }
  const button = event.target.closest('[data-ask]');
  if (!button) return;
  const {ask: name, value, id} = button.dataset;
  if (name === 'class') { add(inside); return; }
  const ids = id === undefined ? marked().map(s => Number(s.dataset.shot)) : [Number(id)];
  ask({name, value, ids});
});

function add(inside) {
  const box = inside.querySelector('[data-new]');
  ask({name: 'class', value: box.value});
  box.value = '';
}

document.addEventListener('change', event => {
  const target = event.target, zone = target.closest?.('.teach [data-zone]');
  if (target.matches?.('[data-choose]') && target.files.length) {
    feed(zone.dataset.zone, target.files).then(() => { target.value = ''; });
  } else if (target.matches?.('[data-move]') && target.value) {
    ask({name: 'move', value: target.value, ids: marked().map(s => Number(s.dataset.shot))});
  } else if (target.matches?.('[data-rename]')) {
    ask({name: 'rename', label: target.dataset.rename, value: target.value});
  }
});

document.addEventListener('keydown', event => {
  if (event.target.matches?.('[data-new]') && event.key === 'Enter') add(event.target.closest('.teach'));
  if (event.target.matches?.('[data-rename]') && event.key === 'Enter') event.target.blur();
  if (event.target.matches?.('[data-film]') && [' ', 'Enter'].includes(event.key) && !event.repeat) {
    event.preventDefault();
    film();
  }
});
document.addEventListener('keyup', event => {
  if (event.target.matches?.('[data-film]')) filming = false;
});
document.addEventListener('pointerdown', event => { if (event.target.closest?.('[data-film]')) film(); });
for (const end of ['pointerup', 'pointercancel', 'blur'])
  window.addEventListener(end, () => { filming = false; });

for (const kind of ['dragover', 'drop'])
  document.addEventListener(kind, event => {
    const zone = event.target.closest?.('.teach [data-zone]');
    if (!zone) return;
    event.preventDefault();
    if (kind === 'drop' && event.dataTransfer.files.length) feed(zone.dataset.zone, event.dataTransfer.files);
  });

document.addEventListener('paste', event => {
  const zone = document.activeElement?.closest?.('.teach [data-zone]');
  if (!zone || !event.clipboardData?.files.length) return;
  event.preventDefault();
  feed(zone.dataset.zone, event.clipboardData.files);
});
