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

  /** What is to come is a date. The reader's clock may be a minute behind the server's: that still counts as now. */
  static words(moment, now) {
    const seconds = Math.floor((now - moment) / 1000);
    if (seconds < -60) return short.format(moment);
    if (seconds < 60) return `${Math.max(0, seconds)} s ago`;
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
const SIGNED_OUT = 4401; // close codes of the server's
const NO_SUCH_JOB = 4404;

/**
 * `<live-updates src="…/live" poll="…/status">` keeps the page as the server sees it, over the page's only socket.
 *
 * Messages are `<turbo-stream action="replace" target="ID"><template>…</template></turbo-stream>`, one or several.
 * Where there is a `poll`, it is asked while no socket can be had, until the content says `data-final`.
 */
class LiveUpdates extends HTMLElement {
  connectedCallback() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    addEventListener("online", () => this.connect(), { signal });
    addEventListener("offline", () => connection(false), { signal });
    addEventListener("pagehide", () => this.close(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.connect(), { signal });
    document.addEventListener("visibilitychange", () => this.wake(0), { signal });
    this.watch = setInterval(() => this.wake(this.waits ? SILENCE : 4 * SILENCE), SILENCE / 3);
    this.connect();
  }

  disconnectedCallback() {
    this.leaving.abort();
    clearInterval(this.watch);
    this.close();
  }

  /** Whether there is a job here that has not ended. */
  get waits() {
    return this.hasAttribute("poll") && !this.querySelector("[data-final]");
  }

  connect() {
    this.close();
    const address = new URL(this.getAttribute("src"), location);
    address.protocol = address.protocol.replace("http", "ws");
    this.heard = Date.now();
    this.late = true;
    this.socket = new WebSocket(address);
    this.socket.onmessage = ({ data }) => this.receive(data);
    this.socket.onclose = ({ code }) => this.lost(code);
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
    if (this.late) this.catchUp(parsed.content);
    this.late = false;
  }

  /** Jobs that this tab saw running, and that are not in the first message, may have ended while nobody listened. */
  async catchUp(first) {
    for (const job of running()) {
      if (first.querySelector(`[target$="${job}"]`)) continue;
      const answer = await this.ask(this.getAttribute("src").replace(/jobs\/.*/, `jobs/${job}/status`)).catch(() => null);
      if (answer?.ok) follow(element((await answer.json()).html), null);
      else if (answer?.status === 404) forget(job);
    }
  }

  ask(address) {
    return fetch(address, { headers: { Accept: "application/json" }, signal: this.leaving.signal, cache: "no-store" });
  }

  /** After each lost socket: ask once over plain HTTP, then try the socket again, later and later. */
  async lost(code) {
    this.socket = null;
    if (code === NO_SUCH_JOB || code === SIGNED_OUT) return this.over(code);
    const pause = this.pause ?? FIRST_PAUSE;
    this.pause = Math.min(pause * 2, LONGEST_PAUSE);
    const reached = this.waits && (await this.poll());
    if (this.leaving.signal.aborted || this.socket || reached === "over") return;
    if (!navigator.onLine || (this.waits && !reached && pause > FIRST_PAUSE)) connection(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), (reached ? Math.min(pause, POLL_PAUSE) : pause) * (0.8 + 0.4 * Math.random()));
  }

  /** True if the server answered, false if it could not be reached, "over" if there is no more to come. */
  async poll() {
    try {
      const answer = await this.ask(this.getAttribute("poll"));
      if (answer.status === 404 || answer.status === 401) return this.over(4000 + answer.status);
      if (!answer.ok) return false;
      const { job_id, html } = await answer.json();
      replace(`job_status_${job_id}`, element(html));
      return true;
    } catch {
      return false;
    }
  }

  /** The job, or the session, is gone. The server has a page that says so; a form keeps what was typed. */
  over(code) {
    if (this.waits) location.reload();
    else if (code === SIGNED_OUT) toast("You are signed out. Sign in again to go on.", { href: location.href, id: "connection" });
    return "over";
  }

  /** Back from another tab (`patience` 0), and every few seconds: without a socket, or with one long silent, start anew. */
  wake(patience) {
    if (document.hidden) return;
    const silent = Date.now() - this.heard;
    if ((silent > SILENCE && silent > patience) || (!patience && !this.socket)) this.connect();
  }
}

const last = new Map(); // the HTML last put under each id, so that an unchanged push touches nothing

function element(html) {
  const parsed = document.createElement("template");
  parsed.innerHTML = html;
  return parsed.content.firstElementChild;
}

/** Puts `fresh` where the element of that id is, keeping focus, opened details, and the beat of endless animations. */
function replace(id, fresh) {
  const html = fresh.outerHTML;
  const old = document.getElementById(id) ?? collect(id, fresh);
  if (last.get(id) === html || (old && old !== fresh && "final" in old.dataset)) return; // a last state stays as it is
  last.set(id, html);
  if (fresh.dataset.job) follow(fresh, old === fresh ? null : old);
  if (!old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  for (const open of old.querySelectorAll("details[open][id]")) fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  if (old !== fresh) old.replaceWith(fresh);
  if (focused && !document.contains(focused)) refocus(focused, fresh);
  // Phases count from the same instant, so a bar that is replaced five times a second still flows.
  for (const animation of fresh.getAnimations({ subtree: true })) animation.startTime = 0;
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

const told = new Set(); // of whose end this page has heard

const running = () => new Set(JSON.parse(sessionStorage.getItem(RUNNING) ?? "[]"));
const remember = (jobs) => sessionStorage.setItem(RUNNING, JSON.stringify([...jobs]));

function forget(job) {
  const jobs = running();
  jobs.delete(job);
  remember(jobs);
}

/** A job was heard of: remember it while it runs; when it ends, say so once. `old` is its element so far, if any. */
function follow(fresh, old) {
  const { job, status, title, icon, notice } = fresh.dataset;
  const changed = old?.dataset.status !== status;
  if (title && old) {
    document.title = document.title.replace(/^.*(?= · )/s, () => title);
    document.querySelector('link[rel="icon"]').href = icon;
    if (changed) announce(notice);
  }
  if (!("final" in fresh.dataset)) return remember(running().add(job));
  forget(job);
  if (changed && !told.has(job)) ended(fresh.dataset);
  told.add(job);
}

function ended({ job, status, notice, href }) {
  if (!document.querySelector(`[data-job="${job}"]`)) toast(notice, { href, tone: status });
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
  if (id && document.getElementById(id)) return;
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

/** Says once that the server cannot be reached, or that the browser is offline, and takes it back. */
function connection(there) {
  const note = document.getElementById("connection");
  if (there) return note?.remove();
  const who = navigator.onLine ? "The server cannot be reached at the moment." : "You are offline.";
  toast(`${who} Jobs go on, and this page catches up by itself.`, { id: "connection" });
}

const allowed = () => "Notification" in window && Notification.permission === "granted" && !localStorage.getItem(MUTED);

for (const job of document.querySelectorAll("[data-job]")) follow(job, job);
setInterval(() => document.hidden || LocalTime.all.forEach((time) => time.show()), 1000);
customElements.define("local-time", LocalTime);
customElements.define("live-updates", LiveUpdates);
