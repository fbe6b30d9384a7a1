/** Plotly under a policy that forbids inline styles: its rules are in Plots.module.css. */
import { type Figure, needsAll } from "./figures";

/** Curves, bars and pictures need a third of the code that everything does. */
export async function loadPlotly(figure: Figure): Promise<PlotlyModule> {
  prepare();
  const found = needsAll(figure)
    ? await import("plotly.js-strict-dist-min")
    : await import("plotly.js-cartesian-dist-min");
  return found.default;
}

let prepared = false;

function prepare(): void {
  if (prepared) return;
  prepared = true;
  // An element of this id and class tells Plotly to add no rules of its own.
  const mark = document.createElement("meta");
  mark.id = "plotly.js-style-global";
  mark.className = "no-inline-styles";
  document.head.append(mark);
  // Plotly writes style attributes, which the policy forbids; set through the object model they are the same and allowed.
  const original = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (this: Element, name: string, value: string) {
    if (name === "style" && (this instanceof SVGElement || this instanceof HTMLElement))
      this.style.cssText = String(value);
    else original.call(this, name, value);
  };
}
