"""What a page must fulfil in a real browser: axe, reflow, targets, text sizes."""

import re
from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# What larger text can break; it changes neither words nor colours.
RULES_OF_SIZES = ["target-size", "scrollable-region-focusable"]

_RUN_AXE = """
async ([type, values]) => {
  const found = await axe.run(document, {runOnly: {type, values}});
  return found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3)
    .map(n => n.html.slice(0, 160) + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | '));
}
"""

_OVERFLOW = """
() => {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide <= 1) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
    .slice(0, 5).map(e => e.outerHTML.slice(0, 140) + ' by ' + wide);
}
"""

_SMALL_TARGETS = """
(least) => {
  const shown = e => e.offsetParent !== null || getComputedStyle(e).position === 'fixed';
  const all = [...document.querySelectorAll(
    'a[href], button, select, textarea, summary, input:not([type=hidden])')];
  return all.filter(shown).filter(e => {
    const style = getComputedStyle(e);
    if (style.visibility === 'hidden' || style.opacity === '0') return false;
    if (e.tagName === 'A' && style.display === 'inline') return false;
    if (e.matches('.skip, [tabindex="-1"]')) return false;
    let box = e.getBoundingClientRect();
    if (e.matches('[type=checkbox], [type=radio]')) {
      const label = e.closest('label') || document.querySelector(`label[for="${e.id}"]`);
      if (label) box = label.getBoundingClientRect();
    }
    return box.height < least - 0.5 || box.width < Math.min(least, 44) - 0.5;
  }).slice(0, 5).map(e => e.outerHTML.slice(0, 140) + ' '
    + Math.round(e.getBoundingClientRect().width) + 'x'
    + Math.round(e.getBoundingClientRect().height));
}
"""

_SMALL_TEXT = """
(least) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || !parent) continue;
    if (parent.closest('script, style, noscript, option')) continue;
    if (parent.offsetParent === null && !parent.closest('svg')) continue;
    const style = getComputedStyle(parent);
    if (style.visibility === 'hidden' || parent.closest('.visually-hidden')) continue;
    if (parseFloat(style.fontSize) < least - 0.01 && !parent.closest('svg')) {
      found.add(parent.outerHTML.slice(0, 120) + ' ' + style.fontSize);
    }
  }
  return [...found].slice(0, 5);
}
"""


def axe_violations(page: Page) -> list[str]:
    """The page's violations of WCAG 2.2 A and AA, in words."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(_RUN_AXE, ["tag", TAGS])
    return found


def axe_violations_of_sizes(page: Page) -> list[str]:
    """What the same page violates once its text is larger."""
    found: list[str] = page.evaluate(_RUN_AXE, ["rule", RULES_OF_SIZES])
    return found


def overflow_at_200_percent(page: Page) -> list[str]:
    """What sticks out at 320 px with text at 200 %."""
    page.set_viewport_size({"width": 320, "height": 700})
    page.evaluate("document.documentElement.style.fontSize = '225%'")
    found: list[str] = page.evaluate(_OVERFLOW)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def overflow(page: Page) -> list[str]:
    """What sticks out at the present width."""
    found: list[str] = page.evaluate(_OVERFLOW)
    return found


def small_targets(page: Page, least: int) -> list[str]:
    """Controls that are smaller than a finger needs."""
    found: list[str] = page.evaluate(_SMALL_TARGETS, least)
    return found


def small_text(page: Page, least: int = 18) -> list[str]:
    """Text that is smaller than old eyes need."""
    found: list[str] = page.evaluate(_SMALL_TEXT, least)
    return found


def log_in(page: Page, base: str, *, login_name: str, password: str) -> None:
    """Log in without looking at the form; the journeys fill it in."""
    form = page.request.get(f"{base}/login").text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    answer = page.request.post(
        f"{base}/login",
        form={"csrf_token": token[1], "login_name": login_name, "password": password},
        max_redirects=0,
    )
    assert answer.status == 303, answer.text()


def full_height(page: Page) -> int:
    """The page's whole height, so that nothing lies under what sticks to the window's edge."""
    height: int = page.evaluate("document.documentElement.scrollHeight")
    return max(height + 120, 800)
