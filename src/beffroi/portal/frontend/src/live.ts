/** Live changes: one stream a page, which a visitor can pause; and the element that says how it goes. */

import { LitElement, html } from "lit";
import { LOCALE, showMoment } from "./times";

export interface Change {
  /** The entity's id. */
  i: string;
  /** The entity as a feature; missing when it is gone. */
  f?: GeoJSON.Feature;
}

interface Message {
  at: string;
  changes: Change[];
}

type State = "off" | "waiting" | "on" | "paused";

/** The stream of changes. Listens with `change` (detail: Change[]), `missed`, and `state` events. */
class Feed extends EventTarget {
  state: State = "off";
  seen = 0;
  private source: EventSource | undefined;
  private address = "";

  open(address: string): void {
    this.address = address;
    if (this.state !== "paused") this.resume();
  }

  resume(): void {
    this.source?.close();
    const source = new EventSource(this.address);
    source.onopen = () => this.become("on");
    source.onerror = () => this.become("waiting");
    source.onmessage = (event: MessageEvent<string>) => this.tell(JSON.parse(event.data) as Message);
    source.addEventListener("missed", () => this.dispatchEvent(new Event("missed")));
    this.source = source;
    this.become("waiting");
  }

  pause(): void {
    this.source?.close();
    this.become("paused");
  }

  private tell(message: Message): void {
    this.seen += message.changes.length;
    this.dispatchEvent(new CustomEvent("change", { detail: message.changes }));
    this.dispatchEvent(new Event("state"));
    const fresh = document.querySelector<HTMLTimeElement>("#freshness time");
    if (fresh) showMoment(fresh, message.at);
  }

  private become(state: State): void {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

export const feed = new Feed();

/** `<beffroi-live>`: whether changes come in, how many came, and the button that pauses them. */
class Live extends LitElement {
  private words: Record<string, string> = {};

  protected override createRenderRoot(): HTMLElement {
    this.words = { ...this.dataset } as Record<string, string>;
    this.replaceChildren();
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    feed.addEventListener("state", () => this.requestUpdate());
  }

  protected override render(): unknown {
    const { state, seen } = feed;
    if (state === "off") return html`<span class="none">${this.words["off"]}</span>`;
    const count = seen.toLocaleString(LOCALE);
    return html`<span class="live">
      <span class="beat ${state === "on" ? "on" : ""}" aria-hidden="true"></span>
      <span>${state === "paused" ? this.words["paused"] : this.words["changes"]} <b>${count}</b></span>
      <button type="button" @click=${() => (state === "paused" ? feed.resume() : feed.pause())}>
        ${state === "paused" ? this.words["resume"] : this.words["pause"]}
      </button>
    </span>`;
  }
}

customElements.define("beffroi-live", Live);
