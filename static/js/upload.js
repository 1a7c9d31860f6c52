// A form with one workbook: dropping it, the progress of its bytes, and the choices of last time.

const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;

/** `<upload-form data-max-bytes data-max-text [data-remember]>` around a form with one file field. */
class UploadForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.file = this.form.querySelector('input[type="file"]');
    this.drop = this.querySelector("[data-drop]");
    this.bar = this.querySelector("[data-upload]");
    this.querySelector("[data-drop-hint]").hidden = false;
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.file.addEventListener("change", () => this.checkSize(), { signal });
    this.form.addEventListener("submit", (event) => this.submit(event), { signal });
    this.querySelector("[data-upload-stop]").addEventListener("click", () => this.request?.abort(), { signal });
    for (const name of ["dragover", "dragleave", "drop"]) this.drop.addEventListener(name, (event) => this.drag(event), { signal });
    // A file that misses the zone must not replace the page.
    for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault(), { signal });
    if (this.dataset.remember) this.recall();
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.request?.abort();
  }

  drag(event) {
    event.preventDefault();
    this.drop.toggleAttribute("data-over", event.type === "dragover");
    if (event.type !== "drop" || !event.dataTransfer.files.length) return;
    const one = new DataTransfer(); // a drop of several files keeps the first: a job is one workbook
    one.items.add(event.dataTransfer.files[0]);
    this.file.files = one.files;
    this.checkSize();
  }

  /** Too large is said before a byte is sent. True if the file may go. */
  checkSize() {
    const file = this.file.files[0];
    const fits = !file || file.size <= Number(this.dataset.maxBytes);
    this.say(fits ? "" : `“${file.name}” has ${megabytes(file.size)}; ${this.dataset.maxText} are allowed. Split it, or remove pictures and unused sheets.`);
    return fits;
  }

  /** The file field's own error, as the server would have written it. */
  say(text) {
    const field = this.file.closest(".field");
    field.querySelector(".field__error")?.remove();
    field.classList.toggle("field--wrong", Boolean(text));
    this.file.setAttribute("aria-invalid", Boolean(text));
    this.file.setAttribute("aria-describedby", text ? "workbook_error workbook_hint" : "workbook_hint");
    if (!text) return;
    const error = document.createElement("p");
    Object.assign(error, { className: "field__error", id: "workbook_error", role: "alert", textContent: text });
    field.append(error);
  }

  submit(event) {
    event.preventDefault();
    if (this.request) return;
    if (!this.checkSize()) return this.file.focus();
    if (this.dataset.remember) this.remember();
    this.send(new FormData(this.form, event.submitter));
  }

  /** XMLHttpRequest, because fetch cannot tell how many bytes have left. */
  send(data) {
    const request = (this.request = new XMLHttpRequest());
    const started = this.form.action;
    request.open("POST", started);
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("X-Redirect", "no"); // or the page it leads to would be fetched twice
    request.upload.onprogress = ({ loaded, total }) => this.progress(loaded, total);
    request.onload = () => {
      const next = request.getResponseHeader("Location") ?? (request.responseURL !== started ? request.responseURL : null);
      next ? location.assign(next) : this.show(request.responseText);
    };
    request.onerror = () => this.stopped("The upload did not arrive, because the connection was lost. Your choices are still here: send it once more.");
    request.onabort = () => this.stopped("");
    this.progress(0, this.file.files[0].size);
    this.busy(true);
    this.bar.querySelector("button").focus();
    request.send(data);
  }

  progress(loaded, total) {
    this.bar.querySelector("progress").value = (100 * loaded) / (total || 1);
    const text = loaded >= total ? "The workbook has arrived. One moment." : `Uploading: ${megabytes(loaded)} of ${megabytes(total)}`;
    this.bar.querySelector("[data-upload-text]").textContent = text;
  }

  busy(on) {
    this.bar.hidden = !on;
    this.form.querySelector(".form__end").hidden = on;
    for (const part of this.form.querySelectorAll("fieldset")) part.disabled = on;
  }

  stopped(text) {
    this.request = null;
    if (!this.isConnected) return;
    this.busy(false);
    this.say(text);
    this.form.querySelector('[type="submit"]').focus();
  }

  /** The server's answer is a page (the form with its errors, or an error page): its content takes this one's place. */
  show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const files = this.file.files;
    const fresh = page.querySelector("main");
    if (!fresh) return this.stopped("The server gave an answer that this page does not understand. Try again in a moment.");
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(fresh));
    scrollTo(0, 0);
    const again = fresh.querySelector('input[type="file"]');
    if (again) again.files = files;
    (fresh.querySelector(".notice--bad") ?? fresh).focus();
  }

  // --- The choices of last time, per import template, in this browser only ---

  fields() {
    return [...this.form.elements].filter((e) => e.name && !["file", "hidden", "submit"].includes(e.type) && e.name !== "confirm_deletes");
  }

  remember() {
    const choices = this.fields().map((e) => [e.name, e.value, e.checked ?? null]);
    try {
      localStorage.setItem(this.dataset.remember, JSON.stringify(choices));
    } catch {
      // A full or forbidden storage costs the convenience, nothing else.
    }
  }

  recall() {
    if ("returned" in this.dataset || location.search) return;
    let choices;
    try {
      choices = JSON.parse(localStorage.getItem(this.dataset.remember)) ?? [];
    } catch {
      return;
    }
    let changed = false;
    for (const field of this.fields()) {
      const ticked = ["checkbox", "radio"].includes(field.type);
      const known = choices.find(([name, value]) => name === field.name && (!ticked || value === field.value));
      if (!known || (ticked ? known[2] === field.checked : known[1] === field.value)) continue;
      changed = true;
      if (ticked) field.checked = known[2];
      else {
        field.value = known[1];
        field.closest("details")?.setAttribute("open", "");
      }
    }
    const note = this.querySelector("[data-remembered]");
    note.hidden = !changed;
    note.querySelector("button").onclick = () => {
      localStorage.removeItem(this.dataset.remember);
      const { files } = this.file;
      this.form.reset(); // to what the server sent
      this.file.files = files;
      note.hidden = true;
      this.file.focus();
    };
  }
}

customElements.define("upload-form", UploadForm);
