// A sample that is being looked at: once that is done, its page goes on to what was found.

/** `<go-on>`: follows the link in it as soon as it stands on the page. */
class GoOn extends HTMLElement {
  connectedCallback() {
    location.replace(this.querySelector("a").href);
  }
}

customElements.define("go-on", GoOn);
