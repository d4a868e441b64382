/* SPDX-License-Identifier: GPL-2.0-or-later
 * Filter and search of report.html. The page says everything without it; it only hides cases.
 *
 * At most `limit` of the cases that match have a row at a time: the page lays out hundreds of rows
 * at once, not ten thousand. The text of a case is read once, at the first search; a change of the
 * filter touches only the rows whose visibility changes, one frame after the last key.
 */
'use strict';
(() => {
    const byId = (id) => document.getElementById(id);
    const form = byId('filter');
    const text = byId('filter-text');
    const selects = {
        state: byId('filter-state'),
        vendor: byId('filter-vendor'),
        test: byId('filter-test'),
    };
    const page = 200;
    const sections = [...document.querySelectorAll('section.test')].map((element) => ({
        element,
        shown: 0,
    }));
    const cases = [];
    for (const section of sections)
        for (const element of section.element.querySelectorAll('details.case'))
            cases.push({
                element,
                row: element.parentElement,
                section,
                ...element.dataset,
                vendors: element.dataset.set.split(' then ').filter((name) => name !== 'no vendor'),
                shown: !element.parentElement.hidden,
            });
    /* What a link of the matrix or of a finding asked for, beyond the form. */
    let narrow = {};
    let limit = page;
    let frame = 0;

    const words = (one) => {
        one.words ??= one.element.firstElementChild.textContent.toLowerCase();
        return one.words;
    };

    /* The vendors of the matrix's cell: one alone, or both in that order. */
    const inCell = (one, first, second) =>
        first === second
            ? one.vendors.length === 1 && one.vendors[0] === first
            : one.vendors.includes(first) &&
              one.vendors.indexOf(second) > one.vendors.indexOf(first);

    /* In the row of a vendor, or in that of no vendor. */
    const stands = (one, name) =>
        one.vendors.includes(name) || (name === 'no vendor' && one.vendors.length === 0);

    const matches = (one, terms) =>
        (!selects.state.value || one.state === selects.state.value) &&
        (!selects.test.value || one.test === selects.test.value) &&
        (!selects.vendor.value || one.vendors.includes(selects.vendor.value)) &&
        (!narrow.set || one.set === narrow.set) &&
        (!narrow.guest || one.guest === narrow.guest) &&
        (!narrow.with || stands(one, narrow.with)) &&
        (!narrow.fault || (one.faults ?? '').includes(` ${narrow.fault} `)) &&
        (!narrow.requirement || (one.requirements ?? '').includes(` ${narrow.requirement} `)) &&
        (!narrow.first || inCell(one, narrow.first, narrow.second)) &&
        (!narrow.finding || (one.findings ?? '').includes(` ${narrow.finding} `)) &&
        terms.every((term) => words(one).includes(term));

    const describe = () => {
        const said = [];
        if (narrow.set) said.push(narrow.set);
        if (narrow.with) said.push(narrow.with);
        if (narrow.guest) said.push(`guest ${narrow.guest}`);
        if (narrow.fault) said.push(`fault ${narrow.fault}`);
        if (narrow.requirement) said.push(`requirement ${narrow.requirement}`);
        if (narrow.first)
            said.push(
                narrow.first === narrow.second
                    ? `${narrow.first} alone`
                    : `${narrow.first} before ${narrow.second}`
            );
        if (narrow.finding) said.push(`finding ${narrow.finding}`);
        return said.length ? `, ${said.join(', ')}` : '';
    };

    const apply = () => {
        const terms = text.value.toLowerCase().split(/\s+/).filter(Boolean);
        let found = 0;
        for (const section of sections) section.shown = 0;
        for (const one of cases) {
            one.found = matches(one, terms);
            found += one.found;
            const show = one.found && found <= limit;
            if (show !== one.shown) one.row.hidden = !show;
            one.shown = show;
            one.section.shown += show;
        }
        for (const section of sections) section.element.hidden = section.shown === 0;
        byId('nothing').hidden = found > 0 || cases.length === 0;
        byId('more').hidden = found <= limit;
        byId('more-text').textContent = `The first ${limit} of ${found} are shown.`;
        byId('shown').textContent = `${found} of ${cases.length} cases${describe()}`;
    };

    /* A new filter begins at the first page. */
    const restart = () => {
        limit = page;
        apply();
    };

    const later = () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(restart);
    };

    const clear = () => {
        narrow = {};
        text.value = '';
        for (const select of Object.values(selects)) select.value = '';
    };

    /* A link to a case that the filter hides shows it again, and opens it. */
    const reveal = () => {
        let name;
        try {
            name = decodeURIComponent(location.hash.slice(1));
        } catch {
            return; /* no name of ours: `#%` */
        }
        const target = name && byId(name);
        if (!target || !target.matches('details.case')) return;
        if (target.parentElement.hidden) {
            clear();
            limit = Math.max(page, cases.findIndex((one) => one.element === target) + 1);
            apply();
        }
        target.open = true;
        target.scrollIntoView({ block: 'start' });
        target.firstElementChild.focus({ preventScroll: true });
        /* The form sticks to the top, as high as the window makes it: not over what was asked for. */
        requestAnimationFrame(() => {
            const covered = form.getBoundingClientRect().bottom - target.getBoundingClientRect().top;
            if (covered > 0) scrollBy({ top: -covered - 8, behavior: 'instant' });
        });
    };

    form.addEventListener('input', later);
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('reset', () => {
        narrow = {};
        later();
    });
    document.addEventListener('click', (event) => {
        const link = event.target.closest('a[href="#cases"]');
        if (link && Object.keys(link.dataset).length) {
            const { state = '', test = '', ...rest } = link.dataset;
            clear();
            selects.state.value = state;
            selects.test.value = test;
            narrow = rest;
            restart();
        } else if (event.target.closest('a[href="' + CSS.escape(location.hash) + '"]')) {
            reveal();
        }
    });
    byId('more').addEventListener('click', (event) => {
        if (event.target.tagName !== 'BUTTON') return;
        const before = limit;
        limit = event.target.id === 'more-all' ? Infinity : limit + page;
        apply();
        cases.filter((one) => one.found)[before]?.element.firstElementChild.focus();
    });
    document.addEventListener('keydown', (event) => {
        if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
            event.preventDefault();
            text.focus();
        }
    });
    addEventListener('hashchange', reveal);

    /* On paper nothing can be opened: what is shown and did not pass is printed whole. */
    const printed = [];
    addEventListener('beforeprint', () => {
        limit = Infinity;
        apply();
        for (const one of cases)
            if (one.shown && one.state !== 'passed' && !one.element.open && printed.length < 200) {
                one.element.open = true;
                printed.push(one.element);
            }
    });
    addEventListener('afterprint', () => {
        for (const element of printed.splice(0)) element.open = false;
        restart();
    });

    form.hidden = cases.length === 0;
    restart();
    reveal();
})();
