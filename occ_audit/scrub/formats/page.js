"use strict";
// All of it only adds to a page that reads without it: filters, sorting, buttons to copy.
(() => {
  const form = document.querySelector(".filters");
  const body = document.querySelector("tbody");
  if (form && body) {
    const rows = [...body.rows];
    const count = form.querySelector(".count");
    const nothing = document.querySelector(".nothing");
    const details = new Map(rows.map((row) => [row, document.getElementById(row.dataset.target)]));

    // One letter may be spelled as one character or, as macOS does in names, as two.
    const plain = (text) => text.normalize().toLowerCase();
    for (const row of rows) {
      for (const key of ["search", "path", "ref"]) row.dataset[key] = plain(row.dataset[key]);
    }

    const matches = (row, wanted) =>
      wanted.search.every((word) => row.dataset.search.includes(word)) &&
      (!wanted.severity || row.dataset.severity === wanted.severity) &&
      (!wanted.vendor || row.dataset.vendor === wanted.vendor) &&
      (!wanted.state || row.dataset.state.includes(`|${wanted.state}|`)) &&
      row.dataset.path.includes(wanted.path) &&
      row.dataset.ref.includes(wanted.ref);

    const filter = () => {
      const field = (name) => form.elements[name].value.trim();
      const typed = (name) => plain(field(name));
      const wanted = {
        search: typed("search").split(/\s+/).filter(Boolean),
        severity: field("severity"),
        vendor: field("vendor"),
        state: field("state"),
        path: typed("path"),
        ref: typed("ref"),
      };
      let shown = 0;
      for (const row of rows) {
        row.hidden = !matches(row, wanted);
        details.get(row).hidden = row.hidden;
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = `${shown} of ${rows.length} shown`;
      nothing.hidden = shown > 0;
    };

    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(filter));

    const numeric = new Set(["number", "rank", "days"]);
    const descendingFirst = new Set(["rank", "days"]);
    const sort = (head, key) => {
      const now = head.getAttribute("aria-sort");
      const first = descendingFirst.has(key) ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = now === first ? other : first;
      const sign = order === "ascending" ? 1 : -1;
      for (const each of document.querySelectorAll("th")) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const compare = numeric.has(key)
        ? (a, b) => a.dataset[key] - b.dataset[key]
        : (a, b) => a.dataset[key].localeCompare(b.dataset[key]);
      const tie = (a, b) => a.dataset.number - b.dataset.number;
      body.append(...rows.sort((a, b) => sign * compare(a, b) || tie(a, b)));
    };
    for (const head of document.querySelectorAll("th[data-sort]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(head.firstChild);
      head.prepend(button);
      button.addEventListener("click", () => sort(head, head.dataset.sort));
    }

    // A detail that a filter hides is shown again when a link leads to it.
    const reveal = () => {
      const target = document.getElementById(location.hash.slice(1));
      if (target && target.matches("article[hidden]")) {
        form.reset();
        setTimeout(() => target.scrollIntoView());
      }
    };
    addEventListener("hashchange", reveal);
  }

  if (navigator.clipboard) {
    for (const box of document.querySelectorAll(".command")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("code").textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      box.append(button);
    }
  }
})();
