package dev.tilewright.samples.explain;

/** The look and the behaviour of the page. */
final class PageStyle {
  private PageStyle() {}

  static final String CSS =
      """
      * { box-sizing: border-box; }
      body { margin: 0; font: 14px/1.45 system-ui, sans-serif; color: #1c2530; background: #f4f5f7; }
      header { padding: 14px 22px; background: #1f2d3d; color: #fff; }
      header h1 { margin: 0 0 2px; font-size: 19px; }
      header p { margin: 0; color: #c4d0dc; }
      main { padding: 16px 22px 60px; }
      h2 { font-size: 16px; margin: 26px 0 4px; }
      .remark { margin: 0 0 8px; color: #566474; }
      .panes { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 14px; }
      .pane { background: #fff; border: 1px solid #d5dae1; border-radius: 6px; overflow: hidden; }
      .bar { display: flex; flex-wrap: wrap; gap: 2px; padding: 5px 6px; background: #e8ebf0;
        border-bottom: 1px solid #d5dae1; min-height: 38px; align-items: center; }
      .bar b { padding: 0 6px; font-weight: 600; }
      .bar button { font: inherit; font-size: 13px; border: 0; border-radius: 4px; padding: 3px 8px;
        background: transparent; color: #2a5585; cursor: pointer; }
      .bar button:hover { background: #d9e0e9; }
      .bar button[aria-selected=true] { background: #2a5585; color: #fff; }
      .code { position: relative; height: 66vh; overflow: auto; padding: 6px 0; counter-reset: n;
        font: 12px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; tab-size: 4; }
      .code[hidden] { display: none; }
      .l { display: flex; min-height: 18px; }
      .l::before { counter-increment: n; content: counter(n); flex: none; width: 46px;
        padding-right: 10px; text-align: right; color: #98a3b0; user-select: none; }
      .l span { flex: 1; min-width: 0; white-space: pre-wrap; overflow-wrap: anywhere;
        max-height: 54px; overflow-y: auto; }
      .l em { flex: none; padding: 0 10px; font-style: normal; color: #7a8795; }
      [data-at] { cursor: pointer; }
      .l[data-at]:hover, tr[data-at]:hover { background: #eef3f9; }
      .l.on, tr.on, tr.on:hover, .l.on:hover { background: #ffedb0; }
      .l.on::before { color: #8a6d1a; }
      table { border-collapse: collapse; background: #fff; border: 1px solid #d5dae1; }
      th, td { padding: 3px 12px 3px 10px; text-align: left; border-top: 1px solid #e6e9ee;
        vertical-align: top; }
      th { background: #e8ebf0; font-weight: 600; border-top: 0; }
      td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; }
      td:first-child { white-space: nowrap; color: #2a5585; }
      .wide { overflow-x: auto; }
      details { background: #fff; border: 1px solid #d5dae1; border-radius: 6px; margin: 6px 0; }
      summary { padding: 6px 12px; cursor: pointer; overflow-wrap: anywhere; }
      summary code { font: 12px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
      .picture { overflow: auto; padding: 4px 12px 12px; max-height: 480px; }
      .picture p { margin: 0 0 6px; color: #566474; }
      @media (max-width: 900px) { .panes { grid-template-columns: minmax(0, 1fr); } }
      """;

  /** Selecting a line anywhere marks all that comes from the same line of the source. */
  static final String SCRIPT =
      """
      "use strict";
      const all = query => Array.from(document.querySelectorAll(query));
      function reveal(pane) {
        const first = pane.querySelector(".on");
        if (first && !pane.hidden) pane.scrollTop = first.offsetTop - pane.clientHeight / 3;
      }
      function select(at, from) {
        all(".on").forEach(line => line.classList.remove("on"));
        all("[data-at]").forEach(line => {
          if (line.dataset.at === at) line.classList.add("on");
        });
        all(".code").forEach(pane => { if (pane !== from) reveal(pane); });
      }
      function show(group, tab) {
        all(`button[data-group="${group}"]`).forEach(button =>
          button.setAttribute("aria-selected", String(button.dataset.tab === tab)));
        all(`.code[data-group="${group}"]`).forEach(pane => {
          pane.hidden = pane.id !== tab;
          reveal(pane);
        });
      }
      document.addEventListener("click", event => {
        const button = event.target.closest("button[data-tab]");
        if (button) show(button.dataset.group, button.dataset.tab);
        const line = event.target.closest("[data-at]");
        if (line) select(line.dataset.at, line.closest(".code"));
      });
      // A link to a line and a tab: #0:34,code-3
      const [at, tab] = decodeURIComponent(location.hash.slice(1)).split(",");
      if (tab && document.getElementById(tab)) show("code", tab);
      if (at) select(at, null);
      else all(".source").forEach(pane => {
        const first = pane.querySelector("[data-at]");
        if (first) pane.scrollTop = first.offsetTop - 60;
      });
      """;
}
