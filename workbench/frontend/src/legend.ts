// What the colours mean, with numbers, and the choice of what is shown.
import { scaleEnds } from "./change.ts";
import type { Metric } from "./messages.ts";
import type { Painted } from "./results.ts";
import { themeOf } from "./themes.ts";

const TITLES: Record<Metric, string> = {
  access: "People reached within 45 minutes",
  minutes: "Length of an average trip",
  walk: "People within a walk of a stop",
};
const NAMES: Record<Metric, string> = { access: "People reached", minutes: "Minutes", walk: "Walk" };

export class Legend {
  readonly element = document.createElement("div");
  private readonly title = document.createElement("p");
  private readonly bar = document.createElement("div");
  private readonly ends = document.createElement("div");
  private readonly buttons = new Map<Metric, HTMLButtonElement>();

  constructor(choose: (metric: Metric) => void) {
    this.element.className = "sk-legend";
    this.element.hidden = true;
    this.title.className = "sk-legend-title";
    this.bar.className = "sk-legend-bar";
    this.bar.setAttribute("aria-hidden", "true");
    this.ends.className = "sk-legend-ends";
    const choice = document.createElement("div");
    choice.className = "sk-legend-choice";
    choice.setAttribute("role", "group");
    choice.setAttribute("aria-label", "What the colors show");
    for (const metric of Object.keys(NAMES) as Metric[]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = NAMES[metric];
      button.addEventListener("click", () => choose(metric));
      this.buttons.set(metric, button);
      choice.append(button);
    }
    this.element.append(this.title, this.bar, this.ends, choice);
  }

  show(painted: Painted | null, theme: string): void {
    this.element.hidden = painted === null;
    if (!painted) return;
    const { ramp } = themeOf(theme);
    this.bar.style.setProperty("--ramp", ramp.map(([byte, color]) => `${color} ${((byte / 255) * 100).toFixed(1)}%`).join(", "));
    this.title.textContent = painted.words ?? TITLES[painted.metric];
    this.bar.hidden = this.ends.hidden = painted.metric === "walk";
    const { worse, better } = scaleEnds(painted.limit, painted.metric);
    this.ends.replaceChildren(...[`▼ ${worse}`, "0", `${better} ▲`].map((text) => {
      const span = document.createElement("span");
      span.textContent = text;
      return span;
    }));
    for (const [metric, button] of this.buttons) button.setAttribute("aria-pressed", String(metric === painted.metric));
  }
}
