// Where the site is published in several versions: the way to the others, and a note on one that is not the newest.
(async function () {
  "use strict";
  const edition = document.querySelector(".edition");
  const site = edition?.dataset.site;
  if (!site || !location.href.startsWith(site)) {
    return; // opened from a disk or from a copy: there is no list to read
  }
  let list;
  try {
    list = await (await fetch(site + "versions.json")).json();
  } catch {
    return;
  }
  // The root shows the newest release, or main as long as there is none; every other version has its own folder.
  const top = new URL(document.documentElement.dataset.content_root, location.href).href;
  const page = location.href.slice(top.length).split(/[?#]/)[0];
  const name = top.slice(site.length).replace(/^v|\/$/g, "") || list.newest || "main";
  const inWords = (version) => (version.name === "main" ? "main, between releases" : `version ${version.name}`);

  function link(version, text) {
    const a = document.createElement("a");
    a.href = site + version.path + (version.pages.includes(page) ? page : "");
    a.textContent = text;
    return a;
  }

  const others = list.versions.filter((version) => version.name !== name);
  if (others.length) {
    const nav = document.createElement("nav");
    nav.setAttribute("aria-label", "Versions");
    nav.innerHTML = "<details><summary>Other versions</summary><ul></ul></details>";
    for (const version of others) {
      const item = document.createElement("li");
      item.append(link(version, inWords(version)));
      nav.querySelector("ul").append(item);
    }
    edition.append(nav);
  }
  const newest = others.find((version) => version.name === list.newest);
  if (newest) {
    const note = document.createElement("p");
    note.className = "other-edition";
    note.setAttribute("role", "note");
    note.append(`This is ${inWords({ name })}. The newest is `, link(newest, inWords(newest)), ".");
    document.getElementById("furo-main-content").prepend(note);
  }
})();
