// Before the first paint, so that nothing jumps: how wide the panes are and which parts of the tree
// are folded, as this browser remembers them. No module, because modules wait for the page.
(() => {
  const root = document.documentElement;
  root.classList.add("scripts");
  const kept = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? {};
    } catch {
      return {};
    }
  };
  for (const [pane, width] of Object.entries(kept("maildesk-panes"))) {
    if (width > 0) root.style.setProperty(`--${CSS.escape(pane)}`, `${width}px`);
  }
  // Rules instead of classes: a tree that is fetched anew is folded as the one before it was.
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const fold = () => {
    const rules = Object.entries(kept("maildesk-folds")).map(([key, state]) => {
      const name = CSS.escape(key);
      const turned = (by) => `#tree [data-fold="${name}"] svg { transform: ${by}; }`;
      if (state === "open") return `#tree section > [data-under="${name}"] { display: block; } ${turned("none")}`;
      return `#tree [data-under~="${name}"] { display: none; } ${turned("rotate(-90deg)")}`;
    });
    // On a phone the folders are one row, of the chosen mailbox only.
    sheet.replaceSync(`@media (min-width: 761px) { ${rules.join("\n")} }`);
  };
  fold();
  addEventListener("maildesk-folds", fold);
})();
