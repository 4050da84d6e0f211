/* Drafts of what was found and fixed on patrol: kept on the phone, sent once when there is a network.

   A draft has a key, which the server keeps with what it did: sending it again has no second
   effect. What is sent under a key therefore never changes; a changed draft gets a new one. */
(function () {
  "use strict";

  var box = document.getElementById("drafts");
  var form = document.querySelector("form[data-draft]");
  if (!box || !window.indexedDB || !window.fetch || !window.crypto || !crypto.randomUUID) {
    return;
  }
  var words = box.dataset;
  var PLACES = "timebank-places";
  var OWNER = "timebank-draft-owner";
  var SIZE = "timebank-size";
  var SIDE_MAX = 1600;
  var SHRINK_OVER = 1024 * 1024;

  /* ---- The store ---- */

  function open() {
    return new Promise(function (resolve, reject) {
      var asked = indexedDB.open("timebank-drafts", 1);
      asked.onupgradeneeded = function () {
        asked.result.createObjectStore("drafts", { keyPath: "key" });
      };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  function within(mode, act) {
    return open().then(function (db) {
      return new Promise(function (resolve, reject) {
        var done = db.transaction("drafts", mode);
        var asked = act(done.objectStore("drafts"));
        done.oncomplete = function () { db.close(); resolve(asked.result); };
        done.onabort = done.onerror = function () { db.close(); reject(done.error); };
      });
    });
  }

  function all() {
    return within("readonly", function (store) { return store.getAll(); }).then(function (found) {
      return found.sort(function (one, other) { return one.savedAt - other.savedAt; });
    });
  }

  function put(draft) {
    return within("readwrite", function (store) { return store.put(draft); });
  }

  function drop(key) {
    return within("readwrite", function (store) { return store.delete(key); });
  }

  /* ---- What the phone remembers for when there is no network ---- */

  function remember() {
    var select = form && form.querySelector("select[name=micro_grid_id]");
    if (words.owner) {
      localStorage.setItem(OWNER, words.owner);
      localStorage.setItem(SIZE, document.documentElement.dataset.size);
    } else if (localStorage.getItem(SIZE)) {
      document.documentElement.dataset.size = localStorage.getItem(SIZE);
    }
    if (select && !select.hasAttribute("data-places")) {
      localStorage.setItem(PLACES, JSON.stringify(Array.from(select.options, function (one) {
        return [one.value, one.textContent];
      })));
    }
    if (select && select.hasAttribute("data-places")) {
      JSON.parse(localStorage.getItem(PLACES) || "[]").forEach(function (place) {
        select.add(new Option(place[1], place[0]));
      });
    }
  }

  function owner() {
    return words.owner || localStorage.getItem(OWNER) || "";
  }

  /* ---- From the form into a draft ---- */

  function shrunk(file, keepsPlace) {
    if (keepsPlace || file.size < SHRINK_OVER || !window.createImageBitmap) {
      return Promise.resolve(file);
    }
    return createImageBitmap(file).then(function (image) {
      var scale = Math.min(1, SIDE_MAX / Math.max(image.width, image.height));
      var sheet = document.createElement("canvas");
      sheet.width = Math.round(image.width * scale);
      sheet.height = Math.round(image.height * scale);
      sheet.getContext("2d").drawImage(image, 0, 0, sheet.width, sheet.height);
      return new Promise(function (resolve) {
        sheet.toBlob(function (small) { resolve(small || file); }, "image/jpeg", 0.85);
      });
    }).catch(function () { return file; });
  }

  function chosenWord(name) {
    var field = form.elements[name];
    if (field instanceof HTMLSelectElement) {
      return field.selectedOptions.length ? field.selectedOptions[0].textContent.trim() : "";
    }
    var picked = form.querySelector("input[name=" + name + "]:checked");
    return picked ? picked.closest("label").textContent.trim() : "";
  }

  function drafted() {
    var data = new FormData(form);
    var fields = {};
    ["category", "micro_grid_id", "place_text", "sign_code", "words", "no_photo_reason", "title"]
      .forEach(function (name) {
        var value = String(data.get(name) || "").trim();
        if (value) {
          fields[name] = name === "micro_grid_id" ? Number(value) : value;
        }
      });
    if (data.get("keeps_place")) {
      fields.keeps_place = true;
    }
    var files = data.getAll("photos").filter(function (file) { return file.size; });
    return Promise.all(files.map(function (file) {
      return shrunk(file, fields.keeps_place).then(function (blob) {
        return { name: file.name || "photo.jpg", blob: blob };
      });
    })).then(function (photos) {
      return {
        key: crypto.randomUUID(),
        owner: owner(),
        savedAt: Date.now(),
        fields: fields,
        photos: photos,
        label: chosenWord("category") + " " + chosenWord("micro_grid_id"),
        state: "waiting",
        message: ""
      };
    });
  }

  /* ---- Sending ---- */

  function base64(blob) {
    return new Promise(function (resolve, reject) {
      var reader = new FileReader();
      reader.onload = function () { resolve(String(reader.result).split(",")[1] || ""); };
      reader.onerror = function () { reject(reader.error); };
      reader.readAsDataURL(blob);
    });
  }

  /* Who is logged in, the token of their session, and what time it is at the server. */
  function ask() {
    return fetch(words.tokenUrl, { credentials: "same-origin", cache: "no-store" })
      .then(function (answer) {
        var date = Date.parse(answer.headers.get("Date") || "");
        return answer.text().then(function (text) {
          var page = new DOMParser().parseFromString(text, "text/html");
          var there = page.getElementById("drafts");
          var token = page.querySelector("input[name=csrf_token]");
          return {
            isServer: Boolean(page.querySelector(".house")),
            owner: there ? there.dataset.owner : "",
            token: token ? token.value : "",
            now: isNaN(date) ? Date.now() : date
          };
        });
      });
  }

  /* The moment of happening is fixed before the first try, so that every try sends the same. */
  function dated(draft, now) {
    if ("occurredAt" in draft) {
      return Promise.resolve(draft);
    }
    var age = Date.now() - draft.savedAt;
    draft.occurredAt = age > 120000 ? new Date(now - age).toISOString() : null;
    return put(draft).then(function () { return draft; });
  }

  function bodyOf(draft) {
    return Promise.all(draft.photos.map(function (photo) {
      return base64(photo.blob).then(function (text) {
        return { name: photo.name, content_base64: text };
      });
    })).then(function (photos) {
      var body = Object.assign({}, draft.fields);
      if (photos.length) {
        body.photos = photos;
      }
      if (draft.occurredAt) {
        body.occurred_at = draft.occurredAt;
      }
      return JSON.stringify(body);
    });
  }

  function said(problem) {
    var errors = problem.errors || {};
    var lines = Object.keys(errors).map(function (name) { return [].concat(errors[name]).join(" "); });
    return [problem.title].concat(lines).filter(Boolean).join(" ");
  }

  /* Resolves to the case when it was taken, to null when it waits or was refused. */
  function send(draft, door) {
    return dated(draft, door.now).then(bodyOf).then(function (body) {
      return fetch(words.sendUrl, {
        method: "POST",
        credentials: "same-origin",
        headers: {
          "Content-Type": "application/json",
          "Idempotency-Key": draft.key,
          "X-CSRFToken": door.token
        },
        body: body
      });
    }).then(function (answer) {
      if (answer.status === 201) {
        return answer.json().then(function (made) {
          return drop(draft.key).then(function () { return made; });
        });
      }
      if (answer.status === 409 || answer.status === 413 || answer.status === 422) {
        return answer.json().catch(function () { return {}; }).then(function (problem) {
          draft.state = "refused";
          draft.message = said(problem);
          return put(draft).then(function () { return null; });
        });
      }
      return null;
    });
  }

  var isSending = false;

  function sendAll() {
    if (isSending || !navigator.onLine) {
      return show().then(function () { return null; });
    }
    isSending = true;
    var last = null;
    return all().then(function (drafts) {
      var waiting = drafts.filter(function (one) { return one.state === "waiting"; });
      if (!waiting.length) {
        return null;
      }
      return ask().then(function (door) {
        if (!door.isServer) {
          return null;
        }
        if (!door.owner) {
          say(words.wordLogin);
          return null;
        }
        return waiting.reduce(function (before, draft) {
          return before.then(function () {
            if (draft.owner && draft.owner !== door.owner) {
              return null;
            }
            return send(draft, door).then(function (made) { last = made || last; });
          });
        }, Promise.resolve());
      });
    }).catch(function () { /* no network: it waits */ }).then(function () {
      isSending = false;
      return show();
    }).then(function () { return last; });
  }

  /* Two pages of one phone take turns; the key would make a double harmless all the same. */
  function sendInTurn() {
    if (navigator.locks) {
      return navigator.locks.request("timebank-drafts", sendAll);
    }
    return sendAll();
  }

  /* ---- What is seen ---- */

  function say(text) {
    document.getElementById("drafts-word").textContent = text;
  }

  function button(word, act, kind) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "button " + (kind || "");
    made.textContent = word;
    made.addEventListener("click", act);
    return made;
  }

  function line(draft) {
    var item = document.createElement("li");
    item.className = "line" + (draft.state === "refused" ? " late" : "");
    var left = document.createElement("span");
    var title = document.createElement("b");
    title.className = "line-title";
    title.textContent = draft.label;
    var when = document.createElement("p");
    when.className = "quiet";
    when.textContent = [
      new Date(draft.savedAt).toLocaleString(document.documentElement.lang),
      draft.photos.length ? draft.photos.length + " " + words.wordPhotos : "",
      draft.fields.words
    ].filter(Boolean).join(" · ");
    left.append(title, when);
    if (draft.message) {
      var message = document.createElement("p");
      message.textContent = draft.message;
      left.append(message);
    }
    var right = document.createElement("span");
    right.className = "line-side acts";
    var state = document.createElement("span");
    var isOthers = draft.owner && owner() && draft.owner !== owner();
    state.textContent = isOthers ? words.wordOther
      : draft.state === "refused" ? words.wordRefused : words.wordWaiting;
    right.append(state);
    if (draft.state === "refused" && !isOthers) {
      right.append(button(words.wordNow, function () { again(draft); }));
    }
    if (!isOthers) {
      right.append(button(words.wordDrop, function () { drop(draft.key).then(show); }));
    }
    item.append(left, right);
    return item;
  }

  /* Sent anew as of now: another act, so another key. */
  function again(draft) {
    var fresh = Object.assign({}, draft, {
      key: crypto.randomUUID(), state: "waiting", message: "", occurredAt: null
    });
    drop(draft.key).then(function () { return put(fresh); }).then(sendInTurn);
  }

  function show() {
    return all().then(function (drafts) {
      var list = document.getElementById("drafts-list");
      list.replaceChildren.apply(list, drafts.map(line));
      box.hidden = !drafts.length && !document.getElementById("drafts-word").textContent;
      document.documentElement.dataset.drafts = String(drafts.length);
    });
  }

  /* ---- Beginning ---- */

  if (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var press = form.querySelector("button[type=submit]");
      if (press.disabled) {
        return;
      }
      press.disabled = true;
      drafted().then(function (draft) {
        return put(draft).then(sendInTurn).then(function (made) {
          press.disabled = false;
          if (made) {
            location.assign(words.caseUrl + made.id);
            return null;
          }
          return all().then(function (drafts) {
            var mine = drafts.find(function (one) { return one.key === draft.key; });
            if (mine && mine.state === "refused") {
              say(mine.message);
              return drop(mine.key).then(show);
            }
            form.reset();
            say(words.wordKept);
            return show();
          });
        });
      }).then(function () {
        box.scrollIntoView({ block: "start" });
      });
    });
  }

  remember();
  function ready() {
    if (navigator.serviceWorker.controller) {
      document.documentElement.dataset.offline = "ready";
    }
  }

  if (navigator.serviceWorker) {
    navigator.serviceWorker.addEventListener("controllerchange", ready);
    navigator.serviceWorker.register(words.worker, { scope: "/cases/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (found) {
      if (navigator.onLine && words.owner) {
        found.active.postMessage("renew");
      }
      ready();
    }).catch(function () { /* without a worker the open page still keeps drafts */ });
  }
  window.addEventListener("online", sendInTurn);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) {
      sendInTurn();
    }
  });
  window.setInterval(sendInTurn, 60000);
  sendInTurn();
})();
