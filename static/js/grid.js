// The grid of records: arrow keys go from cell to cell, and a cell is edited where it is. The server keeps the rules.

const TYPES = { date: "date", datetime: "datetime-local", time: "time" };
const LABELS = { boolean: { true: "Yes", false: "No" } };
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity] };

/** `<record-grid src="…/data_records">` around the table. Without it, a record's number leads to its form. */
class RecordGrid extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    this.heads = [...this.table.tHead.rows[0].cells];
    this.last = this.heads.findLastIndex((head) => head.dataset.column);
    this.table.setAttribute("role", "grid");
    this.table.tBodies[0].rows[0].cells[1].tabIndex = 0;
    this.table.addEventListener("dblclick", (event) => this.edit(this.cell(event)));
    this.table.addEventListener("click", (event) => event.target.closest("a, input, select, textarea") || this.reach(this.cell(event)));
    this.table.addEventListener("keydown", (event) => (this.editing ? this.type(event) : this.move(event)));
    this.table.addEventListener("focusout", (event) => this.leaving(event));
    this.done = []; // what was saved here, to be taken back
    this.choosing();
  }

  /** Take the last cell that was saved here back, unless somebody has changed its record since. */
  async takeBack() {
    const { cell, undo, shown } = this.done.pop();
    const say = (sentence) => (document.getElementById("announcer").textContent = sentence);
    try {
      const response = await fetch(undo, { method: "POST", headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (!response.ok || !answer.changed) return say(answer.detail ?? "Not undone: the record was changed since.");
    } catch {
      return say("The server did not answer, and nothing was undone.");
    }
    this.show(cell, shown);
    cell.parentElement.dataset.revision++;
    this.reach(cell);
    say("Undone.");
  }

  /** The cell of a value that an event is about. */
  cell({ target }) {
    const cell = target.closest("td");
    return cell && this.heads[cell.cellIndex].dataset.column ? cell : null;
  }

  reach(cell) {
    if (!cell || cell === this.editing?.cell) return;
    for (const other of this.table.querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  }

  /** The cell so many rows and columns away, or as near as there is one. */
  away(cell, rows, columns) {
    const all = this.table.tBodies[0].rows;
    const row = all[Math.min(Math.max(cell.parentElement.rowIndex - 1 + rows, 0), all.length - 1)];
    return row.cells[Math.min(Math.max(cell.cellIndex + columns, 1), this.last)];
  }

  move(event) {
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && this.done.length) {
      event.preventDefault();
      return this.takeBack();
    }
    const cell = event.target.matches("td") && this.cell(event);
    if (!cell || event.altKey || event.metaKey || event.ctrlKey) return;
    const step = STEPS[event.key];
    if (step) this.reach(this.away(cell, ...step));
    else if (event.key === "Enter" || event.key === "F2") this.edit(cell);
    else return;
    event.preventDefault();
  }

  async edit(cell) {
    if (!cell || cell === this.editing?.cell || (this.editing && !(await this.save()))) return;
    // A long text has more room on the record's own page.
    if ("cut" in cell.dataset) return location.assign(cell.parentElement.querySelector("th a").href);
    this.reach(cell);
    const head = this.heads[cell.cellIndex];
    const value = cell.dataset.value ?? cell.textContent;
    const field = this.field(head.dataset, value);
    field.ariaLabel = head.querySelector("a").textContent.trim();
    this.editing = { cell, field, before: [...cell.childNodes], value: field.value };
    cell.classList.add("grid__edited");
    cell.replaceChildren(field);
    field.focus();
    field.select?.();
  }

  field({ type, choices }, value) {
    const options = { boolean: ["true", "false"], choice: JSON.parse(choices ?? "[]") }[type];
    const field = document.createElement(options ? "select" : value.includes("\n") ? "textarea" : "input");
    for (const option of new Set(["", ...(options ?? []), value])) if (options) field.add(new Option(LABELS[type]?.[option] ?? option, option));
    if (TYPES[type]) Object.assign(field, { type: TYPES[type], step: type === "date" ? "" : 1 });
    if (/integer|number/.test(type)) field.inputMode = "decimal";
    field.value = value;
    return field;
  }

  async type(event) {
    const { cell, field, theirs } = this.editing;
    const { key, shiftKey } = event;
    if (event.isComposing || (event.target !== field && key !== "Escape")) return;
    if (key === "Enter" && !(shiftKey && field.matches("textarea"))) {
      event.preventDefault();
      if (await this.save()) this.reach(cell);
    } else if (key === "Escape") {
      event.preventDefault();
      this.close();
      if (theirs) this.show(cell, theirs);
      this.reach(cell);
    } else if (key === "Tab" && !theirs) {
      event.preventDefault();
      if (!(await this.save())) return;
      const next = this.away(cell, 0, shiftKey ? -1 : 1);
      this.reach(next !== cell ? next : this.away(cell, shiftKey ? -1 : 1, shiftKey ? Infinity : -Infinity));
    }
  }

  /** Whoever goes elsewhere means what was written. */
  leaving(event) {
    const { cell, field } = this.editing ?? {};
    if (event.target === field && document.hasFocus() && !cell.contains(event.relatedTarget)) this.save();
  }

  /** True when nothing is being edited any more: it was stored, or nothing was changed. */
  save() {
    return (this.saving ??= this.store().finally(() => (this.saving = null)));
  }

  async store() {
    const { cell, field, value, over } = this.editing ?? {};
    if (!field) return true;
    const row = cell.parentElement;
    const opened = { opened: over?.value ?? value, revision: over?.revision ?? row.dataset.revision };
    if (field.validity.badInput) return this.refuse("Fill in each part, or clear it.");
    if (field.value === value) return this.close();
    const address = `${this.getAttribute("src")}/${row.dataset.record}/cells/${this.heads[cell.cellIndex].dataset.column}`;
    let answer;
    try {
      const response = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ value: field.value, ...opened }) });
      if (response.status === 404) return this.refuse("This record is not there any more. Load the page again.");
      answer = await response.json();
    } catch {
      return this.refuse("The server did not answer. Press Enter to try again.");
    }
    if (answer.theirs) return this.ask(answer);
    if (answer.detail) return this.refuse(answer.detail);
    this.close();
    if (answer.undo) this.done.push({ cell, undo: answer.undo, shown: { html: cell.innerHTML, value } });
    this.show(cell, answer);
    if (!over) row.dataset.revision = answer.revision;
    document.getElementById("announcer").textContent = "Saved.";
    return true;
  }

  show(cell, { html, value }) {
    cell.innerHTML = html; // as the page's own template has written it
    if ("value" in cell.dataset || value !== cell.textContent) cell.dataset.value = value;
  }

  /** Somebody else has changed the cell: what is written here, or what is stored there. */
  ask({ detail, theirs }) {
    this.refuse(detail);
    const editing = Object.assign(this.editing, { theirs });
    const button = (label, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: label });
      made.addEventListener("click", act);
      return made;
    };
    const save = button("Save mine", async () => {
      editing.over = theirs;
      if (await this.save()) this.reach(editing.cell);
    });
    const keep = button("Keep that", () => {
      this.close();
      this.show(editing.cell, theirs);
      this.reach(editing.cell);
    });
    editing.cell.querySelector("p").append(save, keep);
    return false;
  }

  close() {
    const { cell, before } = this.editing;
    this.editing = null;
    cell.classList.remove("grid__edited");
    cell.replaceChildren(...before);
    return true;
  }

  refuse(sentence) {
    const { cell, field } = this.editing;
    cell.querySelector("p")?.remove();
    cell.append(Object.assign(document.createElement("p"), { id: "cell_error", className: "field__error", role: "alert", textContent: sentence }));
    field.ariaInvalid = "true";
    field.setAttribute("aria-describedby", "cell_error");
    return false;
  }

  /** The boxes of the rows: all of them at once, and how many are ticked. */
  choosing() {
    const all = this.querySelector("[data-all]");
    const boxes = [...this.querySelectorAll("[name=id]")];
    const buttons = document.querySelectorAll("#chosen [data-selected]");
    const count = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && !all.checked;
      for (const button of buttons) {
        button.querySelector("[data-count]").textContent = ticked ? ` (${ticked})` : "";
        button.disabled = !ticked;
      }
    };
    all.hidden = false;
    all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
    this.addEventListener("change", count);
    addEventListener("pageshow", count);
    count();
  }
}

customElements.define("record-grid", RecordGrid);
