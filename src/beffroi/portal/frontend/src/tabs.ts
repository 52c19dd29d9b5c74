/** Tabs made of sections with headings (WAI-ARIA tabs pattern); without this script all sections show. */

class Tabs extends HTMLElement {
  private tabs: HTMLButtonElement[] = [];
  private panels: HTMLElement[] = [];

  connectedCallback(): void {
    this.panels = [...this.querySelectorAll<HTMLElement>(":scope > section")];
    if (this.panels.length < 2 || this.tabs.length) return;
    const list = document.createElement("div");
    list.role = "tablist";
    this.tabs = this.panels.map((panel) => this.tabFor(panel));
    list.append(...this.tabs);
    list.addEventListener("keydown", (event) => this.move(event));
    this.prepend(list);
    const title = this.previousElementSibling ?? this;
    title.id ||= "use-title";
    list.setAttribute("aria-labelledby", title.id);
    this.choose(0);
  }

  private tabFor(panel: HTMLElement): HTMLButtonElement {
    const heading = panel.querySelector<HTMLElement>("h3");
    const tab = document.createElement("button");
    tab.type = "button";
    tab.role = "tab";
    tab.id = `${panel.id}-tab`;
    tab.textContent = heading?.textContent ?? "";
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => this.choose(this.tabs.indexOf(tab)));
    panel.role = "tabpanel";
    panel.setAttribute("aria-labelledby", tab.id);
    if (heading) heading.hidden = true;
    return tab;
  }

  private choose(chosen: number): void {
    this.tabs.forEach((tab, place) => {
      tab.ariaSelected = String(place === chosen);
      tab.tabIndex = place === chosen ? 0 : -1;
    });
    this.panels.forEach((panel, place) => (panel.hidden = place !== chosen));
  }

  private move(event: KeyboardEvent): void {
    const now = this.tabs.indexOf(document.activeElement as HTMLButtonElement);
    const last = this.tabs.length - 1;
    const goal = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now ? now - 1 : last, Home: 0, End: last }[
      event.key
    ];
    if (now < 0 || goal === undefined) return;
    event.preventDefault();
    this.choose(goal);
    this.tabs[goal]?.focus();
  }
}

customElements.define("beffroi-tabs", Tabs);
