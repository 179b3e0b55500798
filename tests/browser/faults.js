// What a reader would frown at on the page as it stands, as a list of sentences.
(() => {
  const faults = [];
  const name = (element) => {
    const text = (element.getAttribute("aria-label") || element.textContent || "").trim().replace(/\s+/g, " ");
    return `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""} "${text.slice(0, 60)}"`;
  };
  const shown = (element) => element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });

  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} px wide in a window of ${innerWidth}`);

  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(".scroll, pre, svg, .skip") || !shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.right > innerWidth + 1) faults.push(`${name(element)} reaches ${Math.round(box.right)} px`);
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) faults.push(`${name(element)} has more than fits`);
  }

  for (const figure of document.querySelectorAll("figure")) {
    const picture = figure.querySelector("svg, img");
    if (!picture) { faults.push(`${name(figure)} holds no picture`); continue; }
    const box = picture.getBoundingClientRect();
    if (box.width < 100 || box.height < 50) faults.push(`${name(figure)} is ${box.width} by ${box.height} px`);
    const drawn = picture.tagName === "IMG" ? picture.naturalWidth : picture.querySelectorAll("path, rect, line, circle, use, image, polygon, polyline").length;
    if (drawn < 3) faults.push(`${name(figure)} is empty`);
    const told = picture.getAttribute("alt") || figure.getAttribute("aria-label") || picture.getAttribute("aria-label");
    if (!told) faults.push(`${name(figure)} has no alternative text`);
  }

  const level = (text) => { const m = text.getScreenCTM(); return Math.abs(m.b) < 1e-6 || Math.abs(m.a) < 1e-6; };
  for (const drawing of document.querySelectorAll("svg")) {
    const frame = drawing.getBoundingClientRect();
    // A slanted text's box says little about where its letters are.
    const texts = [...drawing.querySelectorAll("text")].filter((text) => text.textContent.trim() && level(text));
    const boxes = texts.map((text) => [text, text.getBoundingClientRect()]);
    boxes.forEach(([text, a], place) => {
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1) {
        faults.push(`"${text.textContent}" is cut off in ${name(drawing)}`);
      }
      for (const [other, b] of boxes.slice(place + 1)) {
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        // Boxes are as high as the font, with room above and below the letters.
        if (width > 1 && height > 0.25 * Math.min(a.height, b.height)) {
          faults.push(`"${text.textContent}" and "${other.textContent}" overlap in ${name(drawing)}`);
        }
      }
    });
  }
  return faults;
})()
