// How the search ranks pages. Sphinx' own search shows only pages that have every word of a question, "why" included,
// and does not know a lesson from a bibliography. Here rare words count more than common ones, headings more than text,
// and a page need not have all words. The rest of the search is Sphinx' own: this replaces its `_performSearch`.
(function () {
  "use strict";
  const ASKING = new Set(
    "a an the and or of in on to for with by is are be do does did how what when where which who why can could should i my me it its this that vs versus between than use used using about".split(" "),
  );
  const IN_TITLE = 6, IN_HEADING = 2, IN_TEXT = 1, PART_OF_WORD = 0.4, SECTION = 4, ENTRY = 5, MOST = 0.7;
  const KINDS = { lessons: "Lesson", labs: "Lab", data: "Data", appendix: "Reference", teach: "Teaching" };
  // Lessons explain; pages that name everything explain little of it.
  const WEIGHTS = {
    "lessons/": 1.2,
    "index": 0.4,
    "data/": 0.6,
    "teach/index": 0.6,
    "appendix/times": 0.3,
    "appendix/bibliography": 0.4,
    "appendix/claims": 0.6,
  };
  const stemmer = new Stemmer();
  const onDisk = location.protocol === "file:";

  const split = (text) => splitQuery(text.toLowerCase()).map((word) => (/^\d$/.test(word) ? `0${word}` : word));
  const stems = (text) => split(text).map((word) => stemmer.stemWord(word));

  function wanted(query) {
    const words = split(query);
    const telling = words.filter((word) => !ASKING.has(word));
    return [...new Set((telling.length ? telling : words).map((word) => stemmer.stemWord(word)))];
  }

  // Which pages have a word in their text, and which in a heading.
  function places(word, table) {
    const files = (key) => (Object.hasOwn(table, key) ? [table[key]].flat() : []);
    if (files(word).length || word.length < 3) return { files: files(word), factor: 1 };
    const longer = Object.keys(table).filter((key) => key.startsWith(word));
    return { files: longer.flatMap(files), factor: PART_OF_WORD };
  }

  function kind(docname) {
    const [folder, page] = docname.split("/");
    const number = /^\d+(?=_)/.exec(page ?? "");
    return KINDS[folder] ? KINDS[folder] + (number ? ` ${number}` : "") : "";
  }

  function weight(docname) {
    const key = Object.keys(WEIGHTS).find((start) => docname.startsWith(start));
    return key ? WEIGHTS[key] : 1;
  }

  function rank(query) {
    const index = Search._index;
    const words = wanted(query);
    const rarity = new Map();
    const pages = index.docnames.map((docname, file) => ({
      title: new Set([...stems(index.titles[file]), ...stems(docname.replace(/[/_]/g, " "))]),
      score: 0,
      found: new Set(),
      section: { gain: 0, title: "", anchor: "" },
      headings: [],
    }));
    for (const [title, places] of Object.entries(index.alltitles)) {
      const said = new Set(stems(title));
      for (const [file] of places) pages[file].headings.push(said);
    }

    for (const word of words) {
      const text = places(word, index.terms);
      const headings = places(word, index.titleterms);
      const named = pages.flatMap((page, file) => (page.title.has(word) ? [file] : []));
      const all = new Set([...text.files, ...headings.files, ...named]);
      if (!all.size) continue;
      rarity.set(word, Math.log(1 + pages.length / all.size));
      for (const file of all) {
        const page = pages[file];
        const times = page.headings.filter((said) => said.has(word)).length;
        const best = Math.max(
          text.files.includes(file) ? IN_TEXT * text.factor : 0,
          headings.files.includes(file) ? IN_HEADING * headings.factor * Math.log2(1 + Math.max(1, times)) : 0,
          page.title.has(word) ? IN_TITLE : 0,
        );
        page.score += rarity.get(word) * best;
        page.found.add(word);
      }
    }
    const total = [...rarity.values()].reduce((sum, value) => sum + value, 0);
    const share = (found) => [...found].reduce((sum, word) => sum + (rarity.get(word) ?? 0), 0) / total;

    // The heading or the word of the glossary that says most of the question, with little else.
    function offer(file, title, anchor, strength) {
      const said = new Set(stems(title));
      const common = words.filter((word) => rarity.has(word) && said.has(word));
      const gain = strength * share(common) ** 2 * total * Math.sqrt(common.length / said.size);
      if (common.length && gain > pages[file].section.gain) pages[file].section = { gain, title, anchor, common };
    }
    for (const [title, places] of Object.entries(index.alltitles)) {
      for (const [file, id] of places) offer(file, title, id === null || title === index.titles[file] ? "" : `#${id}`, SECTION);
    }
    for (const places of Object.values(index.indexentries)) {
      // The id has the word as the glossary writes it; the key is in small letters.
      for (const [file, id] of places) offer(file, id.replace(/^term-/, "").replaceAll("-", " "), `#${id}`, ENTRY);
    }

    return pages
      .map((page, file) => {
        const { title, anchor, gain } = page.section;
        const place = kind(index.docnames[file]);
        const full = index.titles[file].startsWith(place) ? index.titles[file] : `${place}: ${index.titles[file]}`;
        const name = full + (anchor ? ` › ${title}` : "");
        const bonus = gain && share(page.section.common) > MOST ? gain : 0;
        const score = (page.score * share(page.found) + bonus) * weight(index.docnames[file]);
        return [index.docnames[file], name, anchor, null, score, index.filenames[file]];
      })
      .filter(([, , , , score]) => score > 0)
      .sort((a, b) => a[4] - b[4]); // the best last: that is how Sphinx takes them
  }

  Search._performSearch = (query) => rank(query).slice(-20);

  // What stands under a result: prose, and with a word of the glossary its definition.
  Search.htmlToText = (html, anchor) => {
    const main = new DOMParser().parseFromString(html, "text/html").querySelector('[role="main"]');
    main.querySelectorAll(".headerlink, script, style, .cell, .page-facts").forEach((part) => part.remove());
    main.querySelectorAll("math").forEach((formula) => formula.replaceWith("…"));
    const section = (anchor && main.querySelector(`[id="${anchor.slice(1)}"]`)) || main;
    section.querySelector("h1, h2, h3, h4")?.remove(); // it is the result's title
    return section.matches("dt") ? section.nextElementSibling.textContent : section.textContent;
  };

  const begin = Search.performSearch;
  Search.performSearch = (query) => {
    begin(query);
    Search.status.setAttribute("role", "status");
  };

  if (onDisk) {
    // A page opened from the disk may not read other files.
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    document.querySelector(".on-disk").hidden = false;
  }
})();
