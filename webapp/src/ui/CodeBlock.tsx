import { useState } from "react";
import { Button } from "./Button";
import styles from "./CodeBlock.module.css";
import { toast } from "./toast";

/** Text to copy: a script, a configuration. label: what it is, for the button and for screen readers. */
export function CodeBlock({ children, label }: { children: string; label: string }) {
  return (
    <figure className={styles.figure} aria-label={label}>
      <figcaption className={styles.caption}>
        <span>{label}</span>
        <CopyButton text={children} what={label} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0}>
        {children}
      </pre>
    </figure>
  );
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      small
      kind="quiet"
      icon={copied ? "check" : "copy"}
      aria-label={`Copy ${what}`}
      onClick={async () => {
        if (await copy(text)) {
          setCopied(true);
          setTimeout(() => setCopied(false), 1_500);
        } else {
          toast.error("The browser did not let the page copy. Select the text and copy it by hand.");
        }
      }}
    />
  );
}

/** Put a text on the clipboard; whether it worked. Over plain HTTP only the old way is there. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
