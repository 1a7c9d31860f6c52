// A block of cells, pasted on a cell of the grid: it is sent with the records that stand below, and the server checks it.

/** `<paste-cells action="…/record_pastes">` around the grid. Without it, “Paste cells” leads to a form. */
class PasteCells extends HTMLElement {
  connectedCallback() {
    this.addEventListener("paste", (event) => this.paste(event));
  }

  paste(event) {
    const cell = event.target.closest("td");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    // In a field, and a text without neighbours, it is the browser's own matter.
    if (!cell || event.target.matches("input, select, textarea") || !text) return;
    const column = this.querySelector("thead tr").cells[cell.cellIndex].dataset.column;
    if (!column) return;
    event.preventDefault();
    const form = Object.assign(document.createElement("form"), { method: "post", action: this.getAttribute("action"), hidden: true });
    const add = (name, value) => form.append(Object.assign(document.createElement("textarea"), { name, value }));
    for (const { dataset } of this.querySelectorAll("tr[data-record]")) add("record", `${dataset.record}:${dataset.revision}`);
    add("column", `c${column}`);
    add("first", cell.parentElement.dataset.record);
    add("block", text);
    document.body.append(form);
    form.submit();
  }
}

customElements.define("paste-cells", PasteCells);
