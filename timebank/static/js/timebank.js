/* Small improvements on pages that already work without any script. */
(function () {
  "use strict";

  /* The print button and the "show password" box only exist where they can do something. */
  function wake(root) {
    root.querySelectorAll("[data-print]").forEach(function (button) {
      button.hidden = false;
    });
    root.querySelectorAll("[data-show-password]").forEach(function (label) {
      label.hidden = false;
    });
  }

  document.addEventListener("change", function (event) {
    var label = event.target.closest("[data-show-password]");
    if (!label) {
      return;
    }
    var input = document.getElementById(label.getAttribute("data-show-password"));
    input.type = event.target.checked ? "text" : "password";
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) {
      window.print();
    }
    if (event.target.closest("[data-close-keys]")) {
      event.target.closest("dialog").close();
    }
  });

  /* The second click of a double click is not sent; the server would replay the first anyway. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });

  /* Coming back with the browser's back button, a form may be sent again. */
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  function isTyping(target) {
    return Boolean(target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select"));
  }

  function isNamedKey(key) {
    return key.length > 1;
  }

  function showKeys() {
    var lines = document.querySelectorAll("[data-key-line]");
    if (!lines.length || document.querySelector("dialog.keys[open]")) {
      return;
    }
    var dialog = document.createElement("dialog");
    dialog.className = "keys";
    dialog.setAttribute("aria-label", document.querySelector(".keybar").getAttribute("aria-label"));
    var list = document.createElement("ul");
    lines.forEach(function (line) {
      var item = document.createElement("li");
      line.childNodes.forEach(function (node) {
        item.appendChild(node.cloneNode(true));
      });
      list.appendChild(item);
    });
    dialog.appendChild(list);
    var close = document.createElement("button");
    close.type = "button";
    close.className = "button primary";
    close.setAttribute("data-close-keys", "");
    close.textContent = document.querySelector(".keybar").dataset.closeLabel;
    dialog.appendChild(close);
    document.body.appendChild(dialog);
    dialog.addEventListener("close", function () {
      dialog.remove();
    });
    dialog.showModal();
  }

  /* data-key="F2": that key clicks a button or link, or puts the cursor into a field.
     A letter or digit does nothing while somebody types. data-typing: the field that takes letters
     typed or scanned while the cursor stands nowhere. */
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) {
      return;
    }
    if (document.querySelector("dialog[open]")) {
      return;
    }
    if (isTyping(event.target) && !isNamedKey(event.key)) {
      return;
    }
    if (event.key === "?" || event.key === "F1") {
      if (document.querySelector(".keybar")) {
        event.preventDefault();
        showKeys();
      }
      return;
    }
    if (event.key === "Enter" && event.target.closest("a, button, input, textarea, select, summary")) {
      return;
    }
    var key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    var target = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (!target && /^[A-Z]$/.test(key)) {
      target = document.querySelector("[data-typing]");
      if (target) {
        target.focus();
        target.select();
      }
      return;
    }
    if (!target || target.disabled) {
      return;
    }
    event.preventDefault();
    if (target.matches("input:not([type=submit]), textarea, select")) {
      target.focus();
      if (target.select) {
        target.select();
      }
    } else {
      target.click();
    }
  });

  document.addEventListener("htmx:load", function (event) {
    wake(event.target);
  });
  wake(document);
})();
