// The button on the pages of jobs that asks for the browser's own notices. app.js gives them.

const MUTED = "xlsapp-muted"; // as in app.js

const allowed = () => Notification.permission === "granted" && !localStorage.getItem(MUTED);

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

customElements.define("notify-me", NotifyMe);
