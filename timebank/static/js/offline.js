/* The counter without network: reads signed papers, keeps what was served, brings it in later. */
(function () {
  "use strict";

  var FORM = 1;
  var SIGNATURE = 64;
  var HEAD = 28;
  var DAY_MS = 86400000;
  var EPOCH = Date.UTC(2020, 0, 1);
  var ZONE_MS = 8 * 3600000;

  /* The store: one database with the device, its bundle, and the uses in their order. */
  function open() {
    return new Promise(function (resolve, reject) {
      var asked = indexedDB.open("timebank-offline", 1);
      asked.onupgradeneeded = function () {
        asked.result.createObjectStore("facts");
        asked.result.createObjectStore("uses", { keyPath: "client_id" });
      };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  function run(store, mode, work) {
    return open().then(function (database) {
      return new Promise(function (resolve, reject) {
        var transaction = database.transaction(store, mode);
        var asked = work(transaction.objectStore(store));
        transaction.oncomplete = function () { database.close(); resolve(asked && asked.result); };
        transaction.onerror = function () { database.close(); reject(transaction.error); };
      });
    });
  }

  function fact(name) {
    return run("facts", "readonly", function (store) { return store.get(name); });
  }

  function keepFact(name, value) {
    return run("facts", "readwrite", function (store) { return store.put(value, name); });
  }

  function allUses() {
    return run("uses", "readonly", function (store) { return store.getAll(); });
  }

  function keepUse(use) {
    return run("uses", "readwrite", function (store) { return store.put(use); });
  }

  function bytesOf64(text) {
    return Uint8Array.from(atob(text), function (sign) { return sign.charCodeAt(0); });
  }

  /* Registering: the device keeps its key from the answer; nothing else ever sees it. */
  var register = document.getElementById("offline-register");
  if (register) {
    keepFact("device", {
      id: Number(register.getAttribute("data-device-id")),
      secret: register.getAttribute("data-secret")
    }).then(function () {
      register.removeAttribute("data-secret");
      register.querySelector("[role=status]").textContent = register.getAttribute("data-done");
    });
    return;
  }

  var root = document.getElementById("offline");
  if (!root) {
    return;
  }
  var say = function (name) { document.getElementById("offline-said").textContent = name ? root.dataset[name] : ""; };
  var put = function (id, text) { document.getElementById(id).textContent = text; };
  var shown = null;

  function base32(text) {
    var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    var bits = 0, value = 0, bytes = [];
    for (var at = 0; at < text.length; at += 1) {
      var index = alphabet.indexOf(text[at]);
      if (index < 0) { return null; }
      value = ((value << 5) | index) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((value >> bits) & 0xff);
      }
    }
    return new Uint8Array(bytes);
  }

  /* Returns what a paper says once its signature is proved, or null. */
  function read(text, bundle) {
    var plain = text.trim().toUpperCase();
    var raw = plain[0] === "V" ? base32(plain.slice(1)) : null;
    if (!raw || raw.length < HEAD + SIGNATURE || raw[0] !== FORM) { return Promise.resolve(null); }
    var body = raw.slice(0, raw.length - SIGNATURE);
    var sign = raw.slice(raw.length - SIGNATURE);
    var jwk = bundle.public_keys[String(raw[1])];
    if (!jwk) { return Promise.resolve(null); }
    var how = { name: "ECDSA", namedCurve: "P-256" };
    return crypto.subtle.importKey("jwk", JSON.parse(jwk), how, false, ["verify"]).then(function (key) {
      return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, sign, body);
    }).then(function (isRight) {
      return isRight ? payload(body, plain) : null;
    });
  }

  function payload(body, text) {
    var view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    var serial = Array.from(body.slice(6, 14)).map(function (one) { return one.toString(16).padStart(2, "0"); }).join("");
    return {
      text: text,
      community_id: view.getUint32(2),
      serial: serial,
      service_id: view.getUint32(18),
      quantity: view.getUint8(22),
      minutes: view.getUint16(23),
      first: view.getUint16(25),
      days: view.getUint8(27),
      name: new TextDecoder().decode(body.slice(HEAD))
    };
  }

  function today() {
    return Math.floor((Date.now() + ZONE_MS - EPOCH) / DAY_MS);
  }

  function dayOf(iso) {
    return Math.floor((Date.parse(iso) + ZONE_MS - EPOCH) / DAY_MS);
  }

  function duration(minutes) {
    var hours = Math.floor(minutes / 60);
    var rest = minutes % 60;
    return (hours ? hours + " " + root.dataset.hours + " " : "") + (rest || !hours ? rest + " " + root.dataset.minutes : "");
  }

  /* Why a paper is not taken, or an empty text. */
  function refusal(paper, bundle, uses) {
    if (!paper || paper.community_id !== bundle.community_id) { return "unknown"; }
    var isUsed = uses.some(function (one) { return one.serial === paper.serial; });
    if (isUsed || bundle.spent.indexOf(paper.serial) >= 0) { return "used"; }
    if (today() < paper.first || today() > paper.first + paper.days - 1) { return "day"; }
    if (today() > dayOf(bundle.device.expires_on + "T00:00:00+08:00")) { return "ended"; }
    var mine = uses.filter(function (one) { return dayOf(one.used_at) === today(); });
    var minutes = mine.reduce(function (sum, one) { return sum + one.minutes; }, paper.minutes);
    return minutes > bundle.device.minutes_max || mine.length + 1 > bundle.device.uses_max ? "over" : "";
  }

  function show(paper, bundle) {
    shown = paper;
    var service = paper ? bundle.services[String(paper.service_id)] : null;
    put("offline-name", paper ? paper.name : "–");
    put("offline-service", paper ? (service ? service[0] + " " + paper.quantity + " " + service[1] : String(paper.quantity)) : "–");
    put("offline-minutes", paper ? duration(paper.minutes) : "–");
    document.getElementById("offline-keep").disabled = !paper;
    document.getElementById("offline-drop").disabled = !paper;
    (paper ? document.getElementById("offline-keep") : document.getElementById("field-token")).focus();
  }

  function scan(text) {
    return Promise.all([fact("bundle"), allUses()]).then(function (known) {
      if (!known[0]) { say("noDevice"); return; }
      return read(text, known[0]).then(function (paper) {
        var why = refusal(paper, known[0], known[1]);
        say(why || "ask");
        show(why ? null : paper, known[0]);
      });
    });
  }

  function mac(secret, text) {
    var how = { name: "HMAC", hash: "SHA-256" };
    return crypto.subtle.importKey("raw", bytesOf64(secret), how, false, ["sign"]).then(function (key) {
      return crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
    }).then(function (made) {
      return Array.from(new Uint8Array(made)).map(function (one) { return one.toString(16).padStart(2, "0"); }).join("");
    });
  }

  function keep() {
    var paper = shown;
    if (!paper) { return Promise.resolve(); }
    shown = null;
    return Promise.all([fact("device"), allUses()]).then(function (known) {
      if (known[1].some(function (one) { return one.serial === paper.serial; })) { say("used"); return; }
      var seconds = Math.floor(Date.now() / 1000);
      var use = {
        client_id: crypto.randomUUID(),
        token: paper.text,
        serial: paper.serial,
        name: paper.name,
        minutes: paper.minutes,
        used_at: new Date(seconds * 1000).toISOString(),
        number: known[1].length + 1,
        state: "waiting"
      };
      var told = [use.client_id, use.token, seconds, use.number].join("|");
      return mac(known[0].secret, told).then(function (made) {
        use.mac = made;
        return keepUse(use);
      }).then(function () { say("kept"); });
    }).then(function () { return fact("bundle"); }).then(function (bundle) {
      show(null, bundle);
      return draw();
    }).then(send);
  }

  function draw() {
    return Promise.all([allUses(), fact("bundle")]).then(function (known) {
      var uses = known[0].sort(function (one, other) { return other.number - one.number; });
      var list = document.getElementById("offline-list");
      list.replaceChildren.apply(list, uses.slice(0, 30).map(function (one) {
        var item = document.createElement("li");
        item.className = "line" + (one.state === "conflict" ? " late" : "");
        var left = document.createElement("p");
        left.className = "line-title";
        left.textContent = one.name + " " + duration(one.minutes);
        var right = document.createElement("span");
        right.className = "chip " + ({ waiting: "held", booked: "done" }[one.state] || "late");
        right.textContent = root.dataset[one.state] || one.state;
        item.append(left, right);
        return item;
      }));
      put("offline-count", String(uses.filter(function (one) { return one.state === "waiting"; }).length));
      if (known[1]) {
        var used = uses.filter(function (one) { return dayOf(one.used_at) === today(); });
        var minutes = used.reduce(function (sum, one) { return sum + one.minutes; }, 0);
        put("offline-left", known[1].device.name + " " + duration(Math.max(0, known[1].device.minutes_max - minutes)));
      }
    });
  }

  /* Bringing in: the same uses may be sent any number of times; each is taken once. */
  var isSending = false;
  function send() {
    if (isSending || !navigator.onLine) { return Promise.resolve(); }
    isSending = true;
    return Promise.all([fact("device"), allUses()]).then(function (known) {
      var waiting = known[1].filter(function (one) { return one.state === "waiting"; }).slice(0, 200);
      if (!waiting.length || !known[0]) { return; }
      return post("/offline-uses", {
        device_id: known[0].id,
        uses: waiting.map(function (one) {
          return { client_id: one.client_id, token: one.token, used_at: one.used_at, number: one.number, mac: one.mac };
        })
      }).then(function (answers) {
        return Promise.all(answers.map(function (answer) {
          var use = waiting.find(function (one) { return one.client_id === answer.client_id; });
          use.state = answer.state === "charged" ? "booked" : "conflict";
          return keepUse(use);
        }));
      }).then(function () { say("sent"); });
    }).catch(function () { say("fail"); }).then(function () {
      isSending = false;
      return draw();
    });
  }

  function token() {
    return fetch("/counter/offline/key", { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error("refused"); }
      return answer.json();
    });
  }

  function post(path, body) {
    return token().then(function (known) {
      return fetch(root.dataset.api + path, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": known.csrf_token },
        body: JSON.stringify(body)
      });
    }).then(function (answer) {
      if (!answer.ok) { throw new Error("refused"); }
      return answer.json();
    });
  }

  /* With network: today's keys, what is spent, and the allowance are kept for later. */
  function refresh() {
    return fact("device").then(function (device) {
      if (!device) { say("noDevice"); return; }
      return fetch(root.dataset.api + "/offline-devices/" + device.id + "/bundle", { credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (bundle) { return bundle ? keepFact("bundle", bundle) : null; });
    }).catch(function () { return null; });
  }

  function tellNet() {
    var chip = document.getElementById("net");
    chip.textContent = navigator.onLine ? root.dataset.online : root.dataset.offline;
    chip.className = "chip " + (navigator.onLine ? "done" : "soon");
  }

  document.getElementById("offline-scan").addEventListener("submit", function (event) {
    event.preventDefault();
    var field = document.getElementById("field-token");
    var text = field.value;
    field.value = "";
    if (text.trim()) { scan(text); }
  });
  document.getElementById("offline-keep").addEventListener("click", keep);
  document.getElementById("offline-drop").addEventListener("click", function () {
    fact("bundle").then(function (bundle) { say(""); show(null, bundle); });
  });
  document.getElementById("offline-send").addEventListener("click", send);
  window.addEventListener("online", function () { tellNet(); refresh().then(send); });
  window.addEventListener("offline", tellNet);
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(root.dataset.worker, { scope: "/counter/offline/" });
  }
  tellNet();
  refresh().then(draw).then(send).then(function () {
    root.setAttribute("data-ready", "yes");
  });
})();
