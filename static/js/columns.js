// The columns of a template form: added, removed and moved at once, by button, keyboard, mouse or touch.

const letter = (index) => (index > 25 ? letter(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));

/** `<column-list data-max>` around a list of columns, a template of a blank one, and the picture of the header row. */
class ColumnList extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("[data-list]");
    this.sheet = this.querySelector("[data-sheet]");
    this.examples = JSON.parse(this.sheet.dataset.examples);
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.addEventListener("click", (event) => this.press(event), { signal });
    this.addEventListener("input", (event) => this.drawColumn(event.target.closest("[data-column]")), { signal });
    this.addEventListener("keydown", (event) => this.key(event), { signal });
    this.addEventListener("pointerdown", (event) => this.grab(event), { signal });
    this.draw();
  }

  disconnectedCallback() {
    this.leaving.abort();
  }

  get columns() {
    return [...this.list.children];
  }

  /** The buttons do here what they would do at the server. */
  press(event) {
    const button = event.target.closest("button[name=action]");
    const [action, index] = button?.value.split(":") ?? [];
    const column = this.columns[index];
    const acts = {
      add_column: () => this.addColumn(),
      remove_column: () => this.removeColumn(column),
      move_up: () => this.moveColumn(column, -1, button),
      move_down: () => this.moveColumn(column, 1, button),
    };
    if (!acts[action]) return;
    event.preventDefault();
    acts[action]();
  }

  /** Alt with an arrow key moves the column one is in; in a list of types it opens that list, as ever. */
  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const column = event.target.closest("[data-column]");
    if (!event.altKey || !step || !column || event.target.matches("select")) return;
    event.preventDefault();
    this.moveColumn(column, step, event.target);
  }

  addColumn() {
    if (this.columns.length >= Number(this.dataset.max)) return this.say(`A template has at most ${this.dataset.max} columns.`);
    this.list.append(this.querySelector("template").content.cloneNode(true));
    this.changed();
    this.list.lastElementChild.querySelector("input:not([type=hidden])").focus();
    this.say(`Column ${letter(this.columns.length - 1)} added.`);
  }

  removeColumn(column) {
    const next = column.nextElementSibling ?? column.previousElementSibling;
    const name = this.called(column);
    column.remove();
    this.changed();
    (next?.querySelector('[value^="remove_column"]') ?? this.querySelector("[value=add_column]")).focus();
    this.say(`${name} removed.`);
  }

  moveColumn(column, step, focus) {
    const other = step < 0 ? column.previousElementSibling : column.nextElementSibling;
    if (!other) return;
    step < 0 ? other.before(column) : other.after(column);
    this.changed();
    // At either end the button one has pressed is gone: its twin takes over.
    if (getComputedStyle(focus).visibility === "hidden") focus = column.querySelector(`[value^="move_${step < 0 ? "down" : "up"}"]`);
    focus.focus();
    this.say(`${this.called(column)} moved to place ${this.columns.indexOf(column) + 1} of ${this.columns.length}.`);
  }

  /** Dragging by the letter, with a mouse, a pen or a finger: the column follows, and the others make room. */
  grab(event) {
    const handle = event.target.closest("[data-letter]");
    if (!handle || event.button) return;
    event.preventDefault();
    const column = handle.closest("[data-column]");
    handle.setPointerCapture(event.pointerId);
    column.toggleAttribute("data-dragged", true);
    let from = event.pageY;
    const done = new AbortController();
    const follow = ({ pageY, clientY }) => {
      if (clientY < 60) scrollBy(0, -12);
      if (clientY > innerHeight - 60) scrollBy(0, 12);
      const shift = pageY - from;
      const { previousElementSibling: above, nextElementSibling: below } = column;
      if (above && shift < -above.offsetHeight / 2) {
        from -= above.offsetHeight;
        column.after(above); // the neighbour moves, so the dragged column keeps its pointer
      } else if (below && shift > below.offsetHeight / 2) {
        from += below.offsetHeight;
        column.before(below);
      }
      column.style.translate = `0 ${pageY - from}px`;
      this.draw();
    };
    const release = () => {
      done.abort();
      column.toggleAttribute("data-dragged", false);
      column.style.translate = "";
      this.changed();
      this.say(`${this.called(column)} moved to place ${this.columns.indexOf(column) + 1} of ${this.columns.length}.`);
    };
    handle.addEventListener("pointermove", follow, { signal: done.signal });
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, release, { signal: done.signal });
  }

  /** Names, ids and labels carry each column's place: columns-0-name, columns-1-name … */
  changed() {
    this.columns.forEach((column, index) => {
      for (const element of column.querySelectorAll("*")) {
        for (const name of ["name", "id", "for", "aria-describedby"]) {
          const value = element.getAttribute(name);
          if (value) element.setAttribute(name, value.replace(/columns-\d+-/g, `columns-${index}-`));
        }
        if (element.name === "action") {
          element.value = `${element.value.split(":")[0]}:${index}`;
          element.ariaLabel = `${element.title} column ${letter(index)}`;
        }
      }
      column.querySelector("[data-letter]").textContent = letter(index);
    });
    this.draw();
  }

  /** The picture of the header row: as many cells as there are columns, and what each of them says. */
  draw() {
    for (const row of this.sheet.children) {
      while (row.childElementCount > this.columns.length + 1) row.lastElementChild.remove();
      while (row.childElementCount < this.columns.length + 1) row.append(document.createElement("span"));
    }
    this.columns.forEach((column, index) => this.drawColumn(column, index));
  }

  drawColumn(column, index = this.columns.indexOf(column)) {
    const required = column.querySelector('[name$="-required"]').checked;
    const texts = [letter(index), this.nameIn(column) + (required ? " *" : ""), this.examples[column.querySelector("select").value]];
    texts.forEach((text, line) => {
      const cell = this.sheet.children[line].children[index + 1];
      if (cell.textContent !== text) cell.textContent = text;
    });
  }

  nameIn(column) {
    return column.querySelector('[name$="-name"]').value.trim();
  }

  called(column) {
    return this.nameIn(column) ? `“${this.nameIn(column)}”` : `Column ${column.querySelector("[data-letter]").textContent}`;
  }

  say(text) {
    this.querySelector("[data-announce]").textContent = text;
  }
}

customElements.define("column-list", ColumnList);
