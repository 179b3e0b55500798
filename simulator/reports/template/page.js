(() => {
  "use strict";
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  const key = "pickup-lab-theme";
  // A browser may refuse storage to a page that was opened from a file.
  const remembered = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem(key, theme); } catch { /* for this visit only */ } };

  let theme = themes.includes(remembered()) ? remembered() : "auto";
  const paint = () => { root.dataset.theme = theme; };
  root.classList.add("js");
  paint();

  const ready = () => {
    const themeToggle = document.getElementById("theme-toggle");
    const label = () => { themeToggle.textContent = `Theme: ${theme}`; };
    themeToggle.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      remember(theme);
      paint();
      label();
    });
    label();

    const codeToggle = document.getElementById("code-toggle");
    const code = document.querySelectorAll("details.code");
    const showCode = (shown) => {
      codeToggle.setAttribute("aria-pressed", String(shown));
      codeToggle.textContent = shown ? "Hide code" : "Show code";
      root.classList.toggle("with-code", shown);
      for (const cell of code) cell.open = shown;
    };
    codeToggle?.addEventListener("click", () => showCode(codeToggle.getAttribute("aria-pressed") !== "true"));
    document.querySelector(".controls").hidden = false;

    const contents = document.querySelector("nav.contents details");
    const narrow = matchMedia("(max-width: 74rem)");
    const fold = () => { if (contents) contents.open = !narrow.matches; };
    narrow.addEventListener("change", fold);
    fold();
    addEventListener("beforeprint", () => { if (contents) contents.open = true; });
    addEventListener("afterprint", fold);

    // The section being read is marked in the contents.
    const links = new Map([...document.querySelectorAll("nav.contents a")].map((a) => [a.hash.slice(1), a]));
    const marking = new IntersectionObserver((seen) => {
      const top = seen.find((entry) => entry.isIntersecting);
      if (!top) return;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(top.target.id).setAttribute("aria-current", "true");
    }, { rootMargin: "0px 0px -70% 0px" });
    for (const id of links.keys()) marking.observe(document.getElementById(id));

    // What scrolls sideways must be reachable by keyboard, and nothing else should be a stop.
    const scrolling = new ResizeObserver((boxes) => {
      for (const { target } of boxes) {
        if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      }
    });
    for (const box of document.querySelectorAll(".scroll")) scrolling.observe(box);
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", ready);
  else ready();
})();
