// The page works without this script. With it, regions change by themselves and
// forms do not reload the page; what somebody is typing, where the focus is and
// how far a chat was scrolled stay as they are.

const main = document.querySelector('main');
const status = document.getElementById('status');
const drafts = new Map();  // text not sent yet, by data-draft
const sources = new WeakMap(); // the HTML that an element was made of
const following = new WeakSet(); // lists that are scrolled to their end
const wide = matchMedia('(min-width: 1240px)');

document.documentElement.classList.add('js');

// ---- what comes in ----

let live;
let first; // the first event after connecting is not news

function connect() {
  live?.close();
  first = true;
  live = new EventSource('/sandbox/live' + location.search);
  live.addEventListener('regions', (e) => {
    if (first) say('');
    apply(JSON.parse(e.data), !first);
    first = false;
  });
  live.addEventListener('error', () => {
    say('Geen verbinding. Ik probeer het opnieuw.');
    first = true;
    if (live.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

function apply(regions, news) {
  for (const { id, html } of regions) {
    const element = document.getElementById(id);
    if (!element || sources.get(element) === html) continue;
    sources.set(element, html);
    keepingFocus(element, () => {
      if (element.dataset.keyed === undefined) morph(element, parse(html));
      else merge(element, html, news);
    });
  }
  restoreDrafts();
  openDialog();
  if (!wide.matches) document.querySelector('#team-channels [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function toEnd(list) {
  following.add(list);
  list.scrollTop = list.scrollHeight;
}

function parse(html) {
  const t = document.createElement('template');
  t.innerHTML = html;
  return t.content;
}

// morph makes an element's content that of fresh, and touches only what differs,
// so that a click that is under way still finds its button.
function morph(element, fresh) {
  let at = element.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let same = at;
    while (same && !alike(same, wanted)) same = same.nextSibling;
    if (!same) {
      element.insertBefore(wanted, at);
      continue;
    }
    while (at !== same) at = dropped(at);
    at = same.nextSibling;
    if (same.nodeType !== Node.ELEMENT_NODE) {
      if (same.data !== wanted.data) same.data = wanted.data;
      continue;
    }
    for (const { name } of [...same.attributes]) if (!wanted.hasAttribute(name) && name !== 'open') same.removeAttribute(name);
    for (const { name, value } of wanted.attributes) if (same.getAttribute(name) !== value && name !== 'open') same.setAttribute(name, value);
    morph(same, wanted);
  }
  while (at) at = dropped(at);
}

// alike tells whether one node may become the other. A button or link never
// becomes another: somebody's finger may be on it. A text box never becomes that
// of another chat: somebody's words are in it.
function alike(a, b) {
  if (a.nodeName !== b.nodeName || a.id !== b.id || a.dataset?.draft !== b.dataset?.draft) return false;
  if (a.nodeName === 'A' && !a.id) return a.getAttribute('href') === b.getAttribute('href');
  return !('name' in a && 'value' in a) || (a.name === b.name && a.defaultValue === b.defaultValue && a.getAttribute('value') === b.getAttribute('value'));
}

function dropped(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// merge keeps every child that did not change, so that a screen reader tells
// only what is new and an open field stays open.
function merge(list, html, news) {
  const old = new Map([...list.children].map((c) => [c.id, c]));
  const fresh = [...parse(html).children];
  const hadOthers = fresh.some((c) => old.has(c.id));
  // What was there already is not read aloud.
  if (!news || !hadOthers) {
    list.setAttribute('aria-live', 'off');
    requestAnimationFrame(() => list.setAttribute('aria-live', 'polite'));
  }

  let at = list.firstElementChild;
  let added = false;
  for (const wanted of fresh) {
    const kept = old.get(wanted.id);
    old.delete(wanted.id);
    if (kept && sources.get(kept) === wanted.outerHTML) {
      if (kept === at) at = at.nextElementSibling;
      else list.insertBefore(kept, at);
      continue;
    }
    if (kept) {
      sources.set(kept, wanted.outerHTML);
      kept.className = wanted.className;
      morph(kept, wanted);
      if (kept === at) at = at.nextElementSibling;
      else list.insertBefore(kept, at);
      continue;
    }
    sources.set(wanted, wanted.outerHTML);
    if (news && hadOthers) wanted.classList.add('fresh');
    list.insertBefore(wanted, at);
    added = true;
  }
  for (const gone of old.values()) gone.remove();

  if (following.has(list) || !hadOthers) toEnd(list);
  const panel = list.closest('.panel').dataset.name;
  if (news && added && hadOthers && !wide.matches && main.dataset.panel !== panel) mark(panel, true);
}

// keepingFocus gives the focus back to the same control, or to the list that it
// was in, when drawing anew took it away.
function keepingFocus(element, draw) {
  const active = document.activeElement;
  if (!active || active === element || !element.contains(active)) return draw();
  const path = { id: active.id, name: active.name, value: active.value, row: active.closest('.log > [id]')?.id };
  const [start, end] = 'selectionStart' in active ? [active.selectionStart, active.selectionEnd] : [];
  draw();
  if (active.isConnected) return active.focus({ preventScroll: true });
  const again = (path.id && document.getElementById(path.id)) ||
    (path.row && path.name && document.getElementById(path.row)?.querySelector(`[name="${CSS.escape(path.name)}"][value="${CSS.escape(path.value)}"]`)) ||
    (path.name && !path.row && element.querySelector(`[name="${CSS.escape(path.name)}"][value="${CSS.escape(path.value)}"]`)) ||
    element.closest('.log') || element.closest('.panel')?.querySelector('textarea[data-draft]');
  again?.focus({ preventScroll: true });
  if (start !== undefined && again?.setSelectionRange) again.setSelectionRange(start, end);
}

// ---- what somebody types ----

document.addEventListener('input', (e) => {
  if (e.target.dataset.draft) drafts.set(e.target.dataset.draft, e.target.value);
});

function restoreDrafts() {
  for (const field of document.querySelectorAll('[data-draft]')) {
    const text = drafts.get(field.dataset.draft);
    if (text !== undefined && field.value !== text) field.value = text;
  }
}

document.addEventListener('keydown', (e) => {
  if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.target.matches('textarea[data-send]')) {
    e.preventDefault();
    e.target.form.requestSubmit();
  }
  if (e.key === 'Escape' && !document.querySelector('dialog[open]')) {
    const open = e.target.closest('details[open]');
    if (open) {
      open.open = false;
      open.querySelector('summary').focus();
    }
  }
});

document.addEventListener('change', (e) => {
  if (e.target.matches('input[type=file][data-send]') && e.target.files.length) e.target.form.requestSubmit();
});

document.addEventListener('submit', async (e) => {
  e.preventDefault();
  const form = e.target;
  if (form.dataset.busy !== undefined) return;
  const body = new FormData(form, e.submitter);
  const text = form.querySelector('textarea[data-send]');
  if (text && !text.value.trim()) return text.focus();

  form.dataset.busy = '';
  // Through a day with a crisis that nobody takes up, much happens on the way.
  const long = form.matches('.steps') && setTimeout(() => say('De klok loopt. Alles gebeurt op zijn tijd; dat duurt even.'), 700);
  try {
    const file = form.enctype === 'multipart/form-data';
    const answer = await fetch(form.getAttribute('action'), { method: 'POST', headers: { 'Sandbox-Live': '1' }, body: file ? body : new URLSearchParams(body) });
    if (answer.status === 204) sent(form);
    else if (answer.ok) showFaults(await answer.text());
    else say(await answer.text());
  } catch {
    say('Geen verbinding. Er is niets verstuurd.');
  } finally {
    if (long) clearTimeout(long);
    delete form.dataset.busy;
  }
});

function sent(form) {
  say('');
  for (const field of form.querySelectorAll('[data-draft]')) drafts.delete(field.dataset.draft);
  if (form.matches('.compose') || form.enctype === 'multipart/form-data') {
    const text = form.querySelector('textarea');
    if (text) text.value = '';
    form.reset();
  }
  const fold = form.closest('details');
  if (fold) {
    const inside = fold.contains(document.activeElement);
    fold.open = false;
    if (inside) fold.querySelector('summary').focus();
  }
  const log = form.closest('.panel')?.querySelector('.log');
  if (log && !form.matches('.actions, .edit form')) toEnd(log);
  if (form.dataset.show) showPhone(form.dataset.show);
}

// showFaults puts what is wrong beside the fields, and the focus on the first.
function showFaults(page) {
  const fresh = new DOMParser().parseFromString(page, 'text/html').getElementById('dialog');
  const here = document.getElementById('dialog');
  if (!fresh || !here) return;
  here.querySelector('dialog')?.close();
  here.replaceChildren(...fresh.childNodes);
  sources.delete(here);
  openDialog();
  here.querySelector('.bad input, .bad select, .bad textarea')?.focus();
}

// ---- dialogs ----

let before; // where the focus was

function openDialog() {
  const dialog = document.querySelector('#dialog dialog');
  if (!dialog) {
    if (before) (before.isConnected ? before : document.getElementById('team-text'))?.focus({ preventScroll: true });
    before = undefined;
    return;
  }
  if (dialog.matches(':modal')) return;
  before ??= document.activeElement === document.body ? document.getElementById('team-text') : document.activeElement;
  show('team');
  dialog.removeAttribute('open');
  dialog.showModal();
  dialog.querySelector('input, select, textarea')?.focus();
  dialog.addEventListener('cancel', (e) => {
    e.preventDefault();
    document.getElementById('dialog-cancel').requestSubmit();
  });
}

// ---- going about ----

document.addEventListener('click', (e) => {
  const a = e.target.closest('a');
  for (const open of document.querySelectorAll('details.drop[open]')) if (!open.contains(e.target)) open.open = false;
  if (!a || e.ctrlKey || e.metaKey || e.shiftKey) return;
  if (a.dataset.go !== undefined) {
    e.preventDefault();
    go(a.search);
  } else if (a.dataset.panel) {
    e.preventDefault();
    show(a.dataset.panel);
  } else if (a.dataset.goto) {
    e.preventDefault();
    a.closest('details').open = false;
    show(a.dataset.goto);
    const field = document.getElementById(a.dataset.goto + '-text');
    if (!field) return;
    field.value = a.dataset.type;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }
});

// go stands at another desk: as somebody else, in another channel or thread.
function go(search) {
  history.pushState(null, '', '/' + search);
  show(new URLSearchParams(search).get('panel'));
  connect();
}
addEventListener('popstate', () => {
  main.dataset.panel = new URLSearchParams(location.search).get('panel') ?? main.dataset.panel;
  connect();
});

// show brings a panel to the front where there is room for one.
function show(panel) {
  main.dataset.panel = panel;
  mark(panel, false);
  for (const tab of document.querySelectorAll('.tabs a')) tab.toggleAttribute('aria-current', false);
  document.querySelector(`.tabs a[data-panel="${panel}"]`)?.setAttribute('aria-current', 'true');
  const q = new URLSearchParams(location.search);
  q.set('panel', panel);
  history.replaceState(null, '', '/?' + q);
  const log = document.querySelector(`[data-name="${panel}"] .log`);
  if (log && (following.has(log) || !log.clientHeight)) toEnd(log);
}

function showPhone(id) {
  for (const side of ['left', 'right']) {
    if (document.querySelector(`#${side} .compose`)?.getAttribute('action').includes(`/phone/${id}/`)) return show(side);
  }
  const q = new URLSearchParams(location.search);
  q.set('left', id);
  q.set('panel', 'left');
  go('?' + q);
}

function mark(panel, news) {
  document.querySelector(`.tabs a[data-panel="${panel}"]`)?.toggleAttribute('data-news', news);
}

function say(words) {
  const text = words.trim();
  if (status.textContent !== text) status.textContent = text;
}

// ---- begin ----

for (const child of document.querySelectorAll('[data-keyed] > *')) sources.set(child, child.outerHTML);
for (const log of document.querySelectorAll('.log')) {
  let size = '';
  const measure = () => `${log.clientWidth} by ${log.clientHeight}`;
  log.addEventListener('scroll', () => {
    if (measure() !== size) return; // the window moved, not the reader
    following[log.scrollHeight - log.scrollTop - log.clientHeight < 60 ? 'add' : 'delete'](log);
  });
  new ResizeObserver(() => {
    size = measure();
    if (following.has(log)) toEnd(log);
  }).observe(log);
  // A picture that arrives later pushes the end down.
  log.addEventListener('load', () => { if (following.has(log)) toEnd(log); }, true);
  toEnd(log);
}
for (const field of document.querySelectorAll('.compose textarea')) field.value = '';
openDialog();
connect();
