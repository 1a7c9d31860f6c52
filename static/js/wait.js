// A page that waits for the server: it asks for itself again, shows how far things are, and becomes what it waited for.

class WaitHere extends HTMLElement {
  connectedCallback() {
    this.timer = setTimeout(() => this.look(), 500);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  async look() {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const progress = page.querySelector("wait-here [data-progress]");
      if (!progress) return location.reload();
      this.querySelector("[data-progress]").textContent = progress.textContent;
    } catch {
      // Out of reach for a moment: ask again.
    }
    this.connectedCallback();
  }
}

customElements.define("wait-here", WaitHere);
