// What every page of someone signed in has: times in the reader's zone, live updates, and notices when a job ends.
// The state of each element is its HTML; a page without this script works the same, only less lively.

// --- Times -------------------------------------------------------------------------------------------------------

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** `<local-time><time datetime="…Z">`: ticking while it is recent, a date in the reader's zone later, exact on hover. */
class LocalTime extends HTMLElement {
  static all = new Set();

  connectedCallback() {
    this.time = this.querySelector("time");
    this.moment = new Date(this.time?.dateTime);
    if (isNaN(this.moment)) return;
    this.time.title = exact.format(this.moment);
    this.show();
    LocalTime.all.add(this);
  }

  disconnectedCallback() {
    LocalTime.all.delete(this);
  }

  show() {
    const text = LocalTime.words(this.moment, Date.now());
    if (this.time.textContent !== text) this.time.textContent = text;
  }

  /** The reader's clock may be a little behind the server's: the future counts as just now. */
  static words(moment, now) {
    const seconds = Math.max(0, Math.floor((now - moment) / 1000));
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return short.format(moment);
  }
}

// --- Live updates ------------------------------------------------------------------------------------------------

const FIRST_PAUSE = 500; // ms before the first new attempt; doubled each time
const LONGEST_PAUSE = 30_000;
const POLL_PAUSE = 2_000; // between polls while the socket cannot be had but the server answers
const SILENCE = 15_000; // a socket that has said nothing for so long may be dead: after sleep, behind a proxy

/**
 * `<live-updates src="…/live" poll="…/status" next="…">` keeps the page as the server sees it.
 *
 * Messages are `<turbo-stream action="replace" target="ID"><template>…</template></turbo-stream>`, one or several. When
 * its content says `data-final`, the socket is closed and `next`, if any, is listened to instead: a page never has two.
 */
class LiveUpdates extends HTMLElement {
  connectedCallback() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    addEventListener("online", () => this.connect(), { signal });
    addEventListener("pagehide", () => this.close(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.connect(), { signal });
    document.addEventListener("visibilitychange", () => this.wake(0), { signal });
    this.watch = setInterval(() => this.wake(this.hasAttribute("poll") ? SILENCE : 4 * SILENCE), SILENCE / 3);
    this.connect();
  }

  disconnectedCallback() {
    this.leaving.abort();
    clearInterval(this.watch);
    this.close();
  }

  connect() {
    this.close();
    if (this.querySelector("[data-final]") && this.hasAttribute("poll")) {
      if (!this.hasAttribute("next")) return;
      this.setAttribute("src", this.getAttribute("next"));
      this.removeAttribute("poll");
    }
    const address = new URL(this.getAttribute("src"), location);
    address.protocol = address.protocol.replace("http", "ws");
    this.heard = Date.now();
    this.socket = new WebSocket(address);
    this.socket.onmessage = ({ data }) => this.receive(data);
    this.socket.onclose = () => this.retry();
  }

  close() {
    clearTimeout(this.timer);
    if (!this.socket) return;
    this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  receive(text) {
    this.heard = Date.now();
    this.pause = FIRST_PAUSE;
    connection(true);
    const parsed = document.createElement("template");
    parsed.innerHTML = text;
    for (const stream of parsed.content.querySelectorAll('turbo-stream[action="replace"]')) {
      const fresh = stream.querySelector("template")?.content.firstElementChild;
      if (fresh) replace(stream.getAttribute("target"), fresh);
    }
    if (this.hasAttribute("poll") && this.querySelector("[data-final]")) this.connect();
  }

  /** After each lost socket: ask once over plain HTTP, then try the socket again, later and later. */
  async retry() {
    this.socket = null;
    const pause = this.pause ?? FIRST_PAUSE;
    this.pause = Math.min(pause * 2, LONGEST_PAUSE);
    const { signal } = this.leaving;
    const reached = await this.poll();
    if (signal.aborted || this.socket || reached === "over") return;
    if (!reached && this.hasAttribute("poll") && pause > FIRST_PAUSE) connection(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), (reached ? Math.min(pause, POLL_PAUSE) : pause) * (0.8 + 0.4 * Math.random()));
  }

  /** True if the server answered, false if it could not be reached or there is nothing to ask, "over" if there is no more to come. */
  async poll() {
    const address = this.getAttribute("poll");
    if (!address) return false;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: this.leaving.signal, cache: "no-store" });
      if (answer.status === 404 || answer.status === 401 || answer.redirected) {
        location.reload(); // The job has expired or the session has: the server has a page for each.
        return "over";
      }
      if (!answer.ok) throw new Error(answer.status);
      const { job_id, html } = await answer.json();
      const before = this.pause;
      this.receive(`<turbo-stream action="replace" target="job_status_${job_id}"><template>${html}</template></turbo-stream>`);
      this.pause = before;
      return true;
    } catch {
      return false;
    }
  }

  /** Back from another tab (`patience` 0), and every few seconds: without a socket, or with one long silent, start anew. */
  wake(patience) {
    if (document.hidden) return;
    const silent = Date.now() - this.heard;
    if (silent > SILENCE && silent > patience || !patience && !this.socket) this.connect();
  }
}

const last = new Map(); // the HTML last put under each id, so that an unchanged push touches nothing

/** Puts `fresh` where the element of that id is, keeping focus, opened details, and the beat of endless animations. */
function replace(id, fresh) {
  const html = fresh.outerHTML;
  const old = document.getElementById(id) ?? collect(id, fresh);
  if (last.get(id) !== html) {
    last.set(id, html);
    if (fresh.dataset.job) follow(fresh, old);
    if (!old) return;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    for (const open of old.querySelectorAll("details[open][id]")) fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
    if (old !== fresh) old.replaceWith(fresh);
    if (focused && !document.contains(focused)) refocus(focused, fresh);
    // Phases count from the same instant, so a bar that is replaced five times a second still flows.
    for (const animation of fresh.getAnimations({ subtree: true })) animation.startTime = 0;
  }
}

/** The row of a running job that is new to this page goes to the top of the list that collects such rows. */
function collect(id, fresh) {
  const list = [...document.querySelectorAll("[data-collect]")].find((e) => id.startsWith(e.dataset.collect));
  if (!list || "final" in fresh.dataset || (list.dataset.only ?? fresh.dataset.template) !== fresh.dataset.template) return null;
  list.prepend(fresh);
  return fresh;
}

function refocus(was, fresh) {
  const twin = [...fresh.querySelectorAll("a, button, summary")].find((e) => e.textContent === was.textContent && e.tagName === was.tagName);
  if (!twin) fresh.tabIndex = -1;
  (twin ?? fresh).focus({ preventScroll: true });
}

// --- Jobs: the tab's title and icon, what is said aloud, notices ---------------------------------------------------

const RUNNING = "xlsapp-running"; // this tab's memory of jobs it saw running, kept from page to page
const MUTED = "xlsapp-muted"; // set once the reader has turned the browser's notices off

const running = () => new Set(JSON.parse(sessionStorage.getItem(RUNNING) ?? "[]"));

/** A job was heard of: remember it while it runs; when it ends, say so once. `old` is its element on the page, if any. */
function follow(fresh, old) {
  const { job, status, title, icon } = fresh.dataset;
  const final = "final" in fresh.dataset;
  if (title) {
    document.title = document.title.replace(/^.*(?= · )/s, () => title);
    document.querySelector('link[rel="icon"]').href = icon;
    if (old && old.dataset.status !== status) announce(fresh.dataset.notice);
  }
  const jobs = running();
  if (final && jobs.delete(job)) ended(fresh.dataset, old);
  else if (!final) jobs.add(job);
  sessionStorage.setItem(RUNNING, JSON.stringify([...jobs]));
}

function ended({ job, status, notice, href }, old) {
  if (!old) toast(notice, { href, tone: status });
  if (document.hidden && allowed()) {
    const shown = new Notification(notice, { tag: job }); // the tag lets several tabs say it only once
    shown.onclick = () => {
      window.focus();
      location.assign(href);
    };
  }
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function toast(text, { href, tone = "plain", id } = {}) {
  const note = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  note.classList.add(`toast--${tone}`);
  if (id) note.id = id;
  const link = note.querySelector("a");
  link.textContent = text;
  if (href) link.href = href;
  note.querySelector("button").onclick = () => note.remove();
  const toasts = document.getElementById("toasts");
  toasts.append(note);
  while (toasts.childElementCount > 3) toasts.firstElementChild.remove();
  announce(text);
}

/** Says once that the server cannot be reached, and takes it back when it can. */
function connection(there) {
  const note = document.getElementById("connection");
  if (there) note?.remove();
  else if (!note) toast("The server cannot be reached at the moment. The job goes on; this page catches up by itself.", { id: "connection" });
}

const allowed = () => "Notification" in window && Notification.permission === "granted" && !localStorage.getItem(MUTED);

/** `<notify-me>`: a button that asks for, or turns off, the browser's own notices. Hidden where there are none. */
class NotifyMe extends HTMLElement {
  connectedCallback() {
    if (!("Notification" in window) || !isSecureContext) return;
    this.button = this.querySelector("button");
    this.button.onclick = () => this.toggle();
    this.show();
  }

  async toggle() {
    if (allowed()) localStorage.setItem(MUTED, "yes");
    else {
      localStorage.removeItem(MUTED);
      await Notification.requestPermission();
    }
    this.show();
  }

  show() {
    const denied = Notification.permission === "denied";
    this.hidden = false;
    this.button.hidden = denied;
    this.button.querySelector("span").textContent = allowed() ? "Stop telling me when a job ends" : "Tell me when a job ends";
    this.querySelector("[data-text]").textContent = denied ? "To be told when a job ends, allow notices from this site in the browser's settings." : "";
  }
}

for (const job of document.querySelectorAll("[data-job]")) follow(job, job);
setInterval(() => document.hidden || LocalTime.all.forEach((time) => time.show()), 1000);
customElements.define("local-time", LocalTime);
customElements.define("notify-me", NotifyMe);
customElements.define("live-updates", LiveUpdates);
