// The figures that are still being worked out: the page asks again, and each column's come in as they are there.

class FiguresPage extends HTMLElement {
  connectedCallback() {
    this.timer = setTimeout(() => this.look(), 700);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  async look() {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const card of this.querySelectorAll("[data-waits]")) {
        const fresh = page.getElementById(card.id);
        if (fresh && !("waits" in fresh.dataset)) card.replaceWith(document.adoptNode(fresh));
      }
    } catch {
      // Out of reach for a moment: ask again.
    }
    if (this.querySelector("[data-waits]")) return this.connectedCallback();
    document.getElementById("announcer").textContent = "All figures are here.";
  }
}

customElements.define("figures-page", FiguresPage);
