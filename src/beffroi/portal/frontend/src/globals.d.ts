/** Addresses that the bundler fills in. */
declare const WORKER: string;
declare const MAP_STYLE: string;
declare const CHART_STYLE: string;
