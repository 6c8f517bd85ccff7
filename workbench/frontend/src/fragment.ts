// A piece of the page whose HTML Python writes: buttons and fields in it send messages, and the keyboard focus, what is
// being typed and what is unfolded survive when Python writes it anew.
//
//   <button data-action="save" data-value="a1">      click   -> {type: "action", action, value}
//   <input data-field="name">                        change  -> {type: "field", field, value}
//   <input type="file" data-upload>                  choose  -> {type: "upload", name, size, text, base64}
//   data-key="..."                                   keeps focus, what is being typed and unfolding across a rewrite
//   <p data-open-once="why">                         what folds it away is opened, and it comes into sight, once

interface FragmentModel {
  html: string;
  on(event: string, callback: (event: unknown) => void): void;
  send_msg(message: unknown): void;
}

interface Download {
  type: "download";
  name: string;
  text: string;
}

/** Larger files are refused before they are read; Python refuses them in words. */
const MOST_BYTES = 1_000_000;
/** Files that are not text travel as base64. */
const BINARY = /\.(zip|kmz|gpkg)$/i;

export function render({ model, view }: { model: FragmentModel; view: { el: HTMLElement } }): HTMLElement {
  const content = document.createElement("div");
  content.className = "fragment";
  const send = (message: unknown): void => model.send_msg(message);

  const opened = new Set<string>();
  let entered: string | undefined; // the field whose value was sent with Enter keeps the focus
  const write = (): void => {
    const restore = remember(content);
    content.innerHTML = model.html;
    restore();
    if (entered && document.activeElement === document.body) find(content, entered)?.focus({ preventScroll: true });
    entered = undefined;
    for (const element of content.querySelectorAll<HTMLElement>("[data-open-once]")) {
      const why = element.dataset["openOnce"] ?? "";
      if (!why || opened.has(why)) continue;
      opened.add(why);
      for (let outer = element.closest("details"); outer; outer = outer.parentElement?.closest("details") ?? null) outer.open = true;
      element.scrollIntoView({ block: "nearest" });
    }
  };
  content.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-action]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    send({ type: "action", action: button.dataset["action"], value: button.dataset["value"] ?? "" });
  });
  content.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.dataset["upload"] !== undefined) void upload(input, send);
    else if (input.dataset["field"]) send({ type: "field", field: input.dataset["field"], value: valueOf(input) });
  });
  content.addEventListener("keydown", (event) => {
    const input = event.target as HTMLElement;
    if (event.key === "Enter" && input instanceof HTMLInputElement && input.dataset["field"]) {
      entered = input.dataset["key"];
      input.blur();
    }
  });
  model.on("html", write);
  model.on("msg:custom", (raw) => {
    const event = raw as { data?: Download } & Partial<Download>;
    const message = event.data ?? (event as Download);
    if (message.type === "download") download(message);
  });
  write();
  // The content stands in the page itself, below the host element, so that the page's styles and labels reach it.
  view.el.replaceChildren(content);
  return document.createElement("slot");
}

/** Notes focus, selection and unfolded parts; the returned function puts them back. */
export function remember(content: HTMLElement): () => void {
  const active = content.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const key = active?.closest<HTMLElement>("[data-key]")?.dataset["key"];
  const typed = active instanceof HTMLInputElement && active.type === "text" ? active : null;
  const selection = typed ? ([typed.selectionStart, typed.selectionEnd] as const) : null;
  const draft = typed && typed.value !== typed.defaultValue ? typed.value : null;
  const scrolled = [...content.querySelectorAll<HTMLElement>("[data-key]")].filter((element) => element.scrollLeft > 0);
  const lefts = new Map(scrolled.map((element) => [element.dataset["key"]!, element.scrollLeft]));
  const hadTarget = content.querySelector("[data-focus]") !== null;
  const open = new Set([...content.querySelectorAll<HTMLDetailsElement>("details[open]")].map(summaryOf));
  return () => {
    for (const details of content.querySelectorAll("details")) if (open.has(summaryOf(details))) details.open = true;
    for (const [name, left] of lefts) find(content, name)?.scrollTo({ left });
    if (!key) return;
    // A field that has just appeared takes the focus; else what had it; else the next best thing.
    const target = content.querySelector<HTMLElement>("[data-focus]");
    const again = (hadTarget ? null : target) ?? find(content, key) ?? target;
    again?.focus({ preventScroll: true });
    if (draft !== null && again instanceof HTMLInputElement) again.value = draft;
    if (selection && again instanceof HTMLInputElement) again.setSelectionRange(selection[0], selection[1]);
  };
}

function find(content: HTMLElement, key: string): HTMLElement | null {
  return content.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
}

function summaryOf(details: HTMLDetailsElement): string {
  return details.querySelector("summary")?.textContent ?? "";
}

function valueOf(input: HTMLInputElement): string {
  return input.type === "checkbox" ? String(input.checked) : input.value;
}

async function upload(input: HTMLInputElement, send: (message: unknown) => void): Promise<void> {
  const file = input.files?.[0];
  if (!file) return;
  const tooLarge = file.size > MOST_BYTES;
  const isBinary = BINARY.test(file.name);
  const text = tooLarge || isBinary ? "" : await file.text();
  const base64 = tooLarge || !isBinary ? "" : toBase64(new Uint8Array(await file.arrayBuffer()));
  send({ type: "upload", name: file.name, size: file.size, text, base64 });
  input.value = "";
}

/** Bytes as base64, piece by piece: one call cannot take a megabyte of arguments. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function download({ name, text }: Download): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/geo+json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export default { render };
