// Faults in the page's accessibility, one sentence each; a small part of what axe looks for.
const faults = [];
const visible = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
const name = (node) => node.tagName.toLowerCase() + (node.className ? `.${node.className}` : "");

if (!document.documentElement.lang) faults.push("the page names no language");
if (!document.title) faults.push("the page has no title");
for (const landmark of ["header", "main", "footer", "nav"]) {
  if (!all(landmark).length) faults.push(`no ${landmark}`);
}
if (all("main").length !== 1) faults.push("not exactly one main");
if (all("h1").length !== 1) faults.push("not exactly one first heading");
const navs = all("nav");
if (navs.some((nav) => !nav.ariaLabel && !nav.getAttribute("aria-labelledby"))) faults.push("a nav without a name");

let level = 1;
for (const heading of document.querySelectorAll("main :is(h1,h2,h3,h4,h5,h6)")) {
  if (!visible(heading)) continue;
  const own = Number(heading.tagName[1]);
  if (own > level + 1) faults.push(`${heading.tagName} after H${level}: ${heading.textContent}`);
  level = own;
}

for (const field of all("input, select, textarea")) {
  if (!field.labels?.length && !field.ariaLabel) faults.push(`a field without label: ${name(field)}`);
}
for (const control of all("a, button, summary")) {
  const text = control.textContent.trim() || control.ariaLabel;
  if (!text) faults.push(`a control without name: ${name(control)}`);
}
for (const image of all("img")) {
  if (image.getAttribute("alt") === null) faults.push("an image without alt");
}
const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
for (const id of new Set(ids.filter((each, at) => ids.indexOf(each) !== at))) faults.push(`two elements with the id ${id}`);
for (const attribute of ["aria-labelledby", "aria-controls", "for"]) {
  for (const node of document.querySelectorAll(`[${attribute}]`)) {
    if (!document.getElementById(node.getAttribute(attribute))) faults.push(`${attribute} points nowhere`);
  }
}

// WCAG 2.2, 1.4.3: text against the first opaque ground behind it.
const channels = (colour) => {
  const numbers = colour.match(/[\d.]+/g).map(Number);
  const scale = colour.startsWith("color(") ? 255 : 1;
  return { rgb: numbers.slice(0, 3).map((each) => each * scale), alpha: numbers[3] ?? 1 };
};
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
    if (alpha === 1) return rgb;
  }
  return [255, 255, 255];
};
// In a drawing, text is filled, and what it stands on is the rectangle beside it.
const isDrawn = (node) => node instanceof SVGElement;
const painted = (node) => {
  const rect = node.closest("[data-node]")?.querySelector(":scope > rect");
  return rect ? channels(getComputedStyle(rect).fill).rgb : ground(node);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || seen.has(node) || !visible(node)) continue;
  if (node.closest(".visually-hidden, .skip, script, noscript, title, desc")) continue;
  seen.add(node);
  const style = getComputedStyle(node);
  const [dark, light] = [luminance(channels(isDrawn(node) ? style.fill : style.color).rgb), luminance(painted(node))].sort((a, b) => a - b);
  const ratio = (light + 0.05) / (dark + 0.05);
  const size = Number.parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${name(node)} "${node.textContent.trim().slice(0, 40)}"`);
}
return faults;
