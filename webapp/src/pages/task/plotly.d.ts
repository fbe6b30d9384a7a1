/** The little of Plotly that is used; its own types cover all of it and are two megabytes. */
interface PlotlyModule {
  newPlot(
    place: HTMLElement,
    data: unknown[],
    layout: Record<string, unknown>,
    config: Record<string, unknown>,
  ): Promise<unknown>;
  purge(place: HTMLElement): void;
  Plots: { resize(place: HTMLElement): void };
}

declare module "plotly.js-cartesian-dist-min" {
  const plotly: PlotlyModule;
  export default plotly;
}

declare module "plotly.js-strict-dist-min" {
  const plotly: PlotlyModule;
  export default plotly;
}
