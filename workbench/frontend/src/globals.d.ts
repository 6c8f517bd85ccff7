declare module "*.css";
declare module "maplibre-gl/dist/maplibre-gl-worker.mjs" {
  const source: string;
  export default source;
}
