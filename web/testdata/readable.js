// Says what on this page somebody could not read, hit, or have read aloud. The
// figures are those of WCAG 2.2, level AA: contrast 4.5 to 1, targets of 24 px.
(() => {
  const channels = (color) => {
    const m = color.match(/[\d.]+/g).map(Number);
    return m.length < 4 ? [...m, 1] : m;
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    let seen = [0, 0, 0], cover = 0;
    for (let e = element; e && cover < 0.99; e = e.parentElement) {
      const [r, g, b, a] = channels(getComputedStyle(e).backgroundColor);
      seen = [r, g, b].map((v, i) => seen[i] + v * (1 - cover) * a);
      cover += (1 - cover) * a;
    }
    return seen;
  };
  const shown = (e) => e.checkVisibility() && !e.closest('.hidden, noscript, .skip');
  const faults = new Set();

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.data.trim(), e = texts.currentNode.parentElement;
    if (!words || !shown(e)) continue;
    const [light, dark] = [luminance(channels(getComputedStyle(e).color).slice(0, 3)), luminance(behind(e))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faults.add(`contrast ${contrast.toFixed(2)}: ${words.slice(0, 40)}`);
  }
  for (const e of document.querySelectorAll('button, a, summary, input:not([type=hidden]), select, textarea')) {
    if (!(e.textContent.trim() || e.ariaLabel || e.labels?.length)) faults.add(`no name: ${e.outerHTML.slice(0, 80)}`);
    const { width, height } = e.getBoundingClientRect();
    if (shown(e) && !e.closest('.words, .text') && (width < 24 || height < 24)) faults.add(`${Math.round(width)} by ${Math.round(height)}: ${e.textContent.trim()}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) faults.add(`id twice: ${id}`);
  if (document.documentElement.scrollWidth > innerWidth) faults.add(`${document.documentElement.scrollWidth} px wide in a window of ${innerWidth}`);
  return [...faults].join('\n');
})()
