import { useEffect, useState } from "react";

/** Whether an element is in view, or within so many pixels of it; once it was, that stays. */
export function useSeen(ref: { current: Element | null }, margin: number): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || seen) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      {
        rootMargin: `${margin}px`,
      },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [ref, seen, margin]);
  return seen;
}
