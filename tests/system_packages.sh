#!/bin/sh
# Install what the tests need from the system, where we may; otherwise say which tests are left out, and why.
# With CI=true nothing may be left out.

missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="chromium"
[ "$(uname -s)" != Linux ] || command -v bwrap >/dev/null || missing="$missing bubblewrap"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then may=""; elif sudo -n true 2>/dev/null; then may="sudo"; else may="no"; fi
if [ "$may" != no ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:$missing"
    # shellcheck disable=SC2086  # both are lists of words
    $may apt-get update -qq && $may apt-get install -y -qq $missing >/dev/null && exit 0
fi
case "$missing" in *chromium*) echo "LEFT OUT: the browser tests of the book; no Chromium here. Mend: sudo apt install chromium" ;; esac
case "$missing" in *bubblewrap*) echo "LEFT OUT: the sandbox test; no bubblewrap here. Mend: sudo apt install bubblewrap" ;; esac
[ "${CI:-}" != true ] || { echo "CI=true: nothing may be left out."; exit 1; }
