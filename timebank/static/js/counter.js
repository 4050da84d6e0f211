/* The counter: a scanner is heard anywhere on the screen, Enter goes on from one PIN to the next, and
   a shared tablet locks by itself. Every page works without it. */
(function () {
  "use strict";

  var bar = document.querySelector("[data-scan-url]");
  if (!bar) {
    return;
  }

  /* A scanner types faster than any hand, and ends with Enter. */
  var FAST_MS = 40;
  var LENGTH_MIN = 6;
  var signs = "";
  var lastAt = 0;
  var before = null;

  function restore() {
    if (before && before.field) {
      before.field.value = before.value;
    }
    before = null;
  }

  /* A field made for scans, and the search field, keep what is scanned into them. */
  function keepsScans(field) {
    return Boolean(field) && (field.hasAttribute("data-scan-field") || field.type === "search" || field.id === "field-code");
  }

  /* Six digits typed fast into a field for a PIN are the PIN, of an elder or of staff: never searched
     for, so that they stand in no address. */
  function isPin(field) {
    return Boolean(field) && field.matches(".pin, [type=password], [inputmode=numeric][maxlength='6']") && /^[0-9]{6}$/.test(signs);
  }

  function find(text) {
    var here = document.querySelector("form[data-scan-here]");
    if (here) {
      here.querySelector("input[name=q]").value = text;
      here.submit();
      return;
    }
    var address = new URL(bar.getAttribute("data-scan-url"), window.location.origin);
    var centre = document.querySelector("form[role=search] [name=centre_id]");
    address.searchParams.set("q", text);
    if (centre && centre.value) {
      address.searchParams.set("centre_id", centre.value);
    }
    window.location.assign(address);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    var now = event.timeStamp;
    var isFast = now - lastAt < FAST_MS;
    lastAt = now;
    var field = event.target.matches("input, textarea") ? event.target : null;
    if (event.key === "Enter") {
      var isScan = isFast && signs.length >= LENGTH_MIN && !isPin(field);
      var text = signs;
      signs = "";
      if (isScan && !keepsScans(field)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        restore();
        find(text);
      }
      return;
    }
    if (event.key.length !== 1) {
      return;
    }
    if (isFast) {
      signs += event.key;
      /* From the third sign on it is no hand: digits of a scan press no service. */
      if (signs.length > 2 && !field) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    } else {
      signs = event.key;
      before = field && !keepsScans(field) ? { field: field, value: field.value } : null;
    }
  }, true);

  /* Several PINs one under the other: Enter goes on to the next, on the last it sends. */
  document.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key !== "Enter" || !field.matches("[data-next]")) {
      return;
    }
    var fields = Array.prototype.slice.call(document.querySelectorAll("[data-next]"));
    var next = fields[fields.indexOf(field) + 1];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });

  /* A shared tablet locks when nobody touches it. */
  var seconds = Number(bar.getAttribute("data-lock-seconds") || 0);
  var lock = document.querySelector("form[data-lock]");
  if (seconds && lock) {
    var timer = null;
    var restart = function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        lock.submit();
      }, seconds * 1000);
    };
    ["keydown", "pointerdown", "input"].forEach(function (name) {
      document.addEventListener(name, restart, true);
    });
    restart();
  }
})();
