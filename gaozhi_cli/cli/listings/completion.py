"""Completion in the shell: the scripts of bash and zsh, and the offices and items they ask for.

Commands, options and closed choices stand in the script, so Tab starts no Python for them. Offices and
items come from ``gaozhi _complete office|item WORD``, which loads neither typer nor any heavy library.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.county import Office, find_office
from gaozhi_cli.domain.lookup import find_items

MOST = 100  # more candidates than that help nobody
FEW_ENOUGH_TO_READ = 1000

# Understood by bash and, under ``emulate ksh``, by zsh; so no name here may be special in either.
CORE = r"""
_gaozhi_kind() {
  local one
  for one in $gz_options; do
    case $one in "$1="*) gz_kind=${one#*=}; return 0 ;; esac
  done
  return 1
}

_gaozhi_plain() {  # a word without its quoting; gz_quote: the quote still open
  gz_quote='' gz_plain=$1
  case $1 in
    \'* | \"*) gz_quote=${1:0:1} gz_plain=${1:1} ;;
    *) gz_plain=${1//\\/} ;;
  esac
}

_gaozhi_offer() {  # those of the given words that begin with what is typed
  local one
  for one; do
    [[ $one == "$gz_plain"* ]] && _gaozhi_add "$one"
  done
}

_gaozhi_add() {
  local one=人 quoted=$1
  [[ $1 == *[!\ -~]* && ${#one} != 1 ]] && return  # the shell does not know UTF-8
  if [[ -n $gz_quote ]]; then  # within quotes nothing is escaped: what could end or open them is not offered
    [[ $1 == *[\"\'\`\$\\\!]* ]] && return
  else
    printf -v quoted '%q' "$1"
    quoted=${quoted//:/\\:} quoted=${quoted//=/\\=}
  fi
  COMPREPLY+=("$quoted")
}

_gaozhi_ask() {  # offices or items, from the program itself
  local one program=$gz_program
  [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}
  while IFS= read -r one; do
    [[ -n $one ]] && _gaozhi_add "$one"
  done < <("$program" _complete "$1" "$gz_plain" "$gz_home" "$gz_day" 2>/dev/null </dev/null)
}

_gaozhi_words() {  # COMP_WORDS, COMP_CWORD -> COMPREPLY, gz_kind
  local IFS=$' \t\n' at='' pending='' taken=0 i=1 one last
  local gz_names gz_options gz_arguments gz_quote gz_plain gz_home='' gz_day='' gz_program
  _gaozhi_plain "${COMP_WORDS[0]}"
  gz_program=$gz_plain
  COMPREPLY=() gz_kind=''
  _gaozhi_table ''
  while ((i < COMP_CWORD)); do
    _gaozhi_plain "${COMP_WORDS[i]}"
    ((i += 1))
    if [[ -n $pending ]]; then
      [[ $gz_plain == '=' ]] && continue
      case $pending in
        --home) gz_home=$gz_plain ;;
        --as-of) gz_day=$gz_plain ;;
      esac
      pending=''
      continue
    fi
    case $gz_plain in
      --home=*) gz_home=${gz_plain#*=} ;;
      --as-of=*) gz_day=${gz_plain#*=} ;;
      -?*) _gaozhi_kind "$gz_plain" && pending=$gz_plain ;;
      *)
        if [[ -n $gz_names ]]; then
          at=${at:+$at }$gz_plain
          _gaozhi_table "$at" || return 0
        else
          ((taken += 1))
        fi
        ;;
    esac
  done
  [[ $gz_home == '~/'* ]] && gz_home=$HOME/${gz_home#'~/'}
  gz_kind=''
  one=${COMP_WORDS[COMP_CWORD]}
  [[ -n $pending && $one == '=' ]] && one=''
  _gaozhi_plain "$one"
  if [[ -n $pending ]]; then
    _gaozhi_kind "$pending"
  elif [[ $gz_plain == -* ]]; then
    for one in $gz_options; do _gaozhi_offer "${one%%=*}"; done
    return 0
  elif [[ -n $gz_names ]]; then
    _gaozhi_offer $gz_names
    return 0
  else
    last=-
    for one in $gz_arguments; do
      if [[ $one == '+' ]]; then gz_kind=$last; break; fi
      last=$one
      ((taken == 0)) && gz_kind=$one
      ((taken -= 1))
    done
    [[ $gz_kind == '-' ]] && gz_kind=''
    if [[ -z $gz_arguments && -z $gz_plain ]]; then
      for one in $gz_options; do _gaozhi_offer "${one%%=*}"; done
    fi
  fi
  case $gz_kind in
    @office) _gaozhi_ask office ;;
    @item) _gaozhi_ask item ;;
    @*) ;;
    ?*)
      IFS='|'
      _gaozhi_offer $gz_kind
      ;;
  esac
  return 0
}
"""

BASH = r"""
_gaozhi() {
  local gz_kind one
  _gaozhi_words
  one=${COMP_WORDS[COMP_CWORD]}
  [[ $one == '=' ]] && one=''
  case $gz_kind in
    @file | @dir)
      compopt -o filenames 2>/dev/null
      [[ $one == '~/'* ]] && one=$HOME/${one#'~/'}
      while IFS= read -r one; do COMPREPLY+=("$one"); done < <(
        if [[ $gz_kind == @dir ]]; then compgen -d -- "$one"; else compgen -f -- "$one"; fi
      )
      ;;
  esac
}
complete -F _gaozhi gaozhi
"""

ZSH = r"""
_gaozhi_as_ksh() { emulate -L ksh; _gaozhi_words }

_gaozhi() {
  local -a COMP_WORDS COMPREPLY
  local COMP_CWORD gz_kind shared typed="${compstate[quote]}$PREFIX"
  COMP_WORDS=("${(@)words[1,CURRENT-1]}")
  if [[ $PREFIX == --*=* ]]; then
    compset -P 1 '*='
    COMP_WORDS+=("${typed%%=*}" '=')
    typed=$PREFIX
  fi
  COMP_CWORD=${#COMP_WORDS}
  COMP_WORDS+=("$typed")
  _gaozhi_as_ksh
  case $gz_kind in
    @file) _files ;;
    @dir) _files -/ ;;
    @*)
      (( ${#COMPREPLY} )) || return 1
      shared=${COMPREPLY[1]}
      while [[ -n $shared && -n ${COMPREPLY:#${(b)shared}*} ]]; do shared=${shared%?}; done
      [[ -n $shared ]] || compstate[insert]='' compstate[list]='list force'  # what is typed stays
      compadd -U -Q -V gaozhi -i "$IPREFIX" -- "${COMPREPLY[@]}"
      ;;
    *) compadd -Q -V gaozhi -- "${COMPREPLY[@]}" ;;
  esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _gaozhi gaozhi
"""


def bash(desk: Desk) -> None:
    """The script for bash."""
    _print(desk, script(BASH))


def zsh(desk: Desk) -> None:
    """The script for zsh."""
    _print(desk, script(ZSH))


def script(frame: str) -> str:
    """A script for one shell, from the table of all commands."""
    from gaozhi_cli.cli import completion_table

    return written(completion_table.COMMANDS, completion_table.COMMON, frame)


def written(commands: dict[str, tuple[str, str, str]], common: str, frame: str) -> str:
    """The script: the table of commands as a ``case``, then what reads it, then the shell's own frame."""
    lines = ["_gaozhi_table() {", "  gz_names='' gz_options='' gz_arguments=''", "  case $1 in"]
    for at, (names, options, arguments) in commands.items():
        whole = " ".join(filter(None, ("" if at else "--version", options, common)))
        lines.append(f"  '{at}') gz_names='{names}' gz_options='{whole}' gz_arguments='{arguments}' ;;")
    lines += ["  *) return 1 ;;", "  esac", "}"]
    return "\n".join(lines) + "\n" + CORE + frame


def _print(desk: Desk, text: str) -> None:
    if desk.settings.output is not None:
        desk.write_file(desk.settings.output, text.encode())
        return
    from gaozhi_cli.cli.output import machine_stdout

    machine_stdout().write(text)


def complete(args: Sequence[str]) -> int:
    """``_complete office|item WORD [HOME [DAY]]``: the candidates, one a line; silent on any trouble."""
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    with suppress(Exception, KeyboardInterrupt):
        kind, word, home, day = (*args, "", "")[:4]
        if home and not Path(home).is_dir():
            return 0
        from gaozhi_cli.cli.settings import read_settings

        desk = Desk(read_settings({"gaozhi.home": home or None, "gaozhi.as_of": day or None}))
        found = offices(desk.catalog, word) if kind == "office" else items(desk.catalog, word, desk.today)
        if kind in ("office", "item"):
            sys.stdout.buffer.write("".join(f"{one}\n" for one in printable(found)).encode())
            sys.stdout.flush()
    return 0


def printable(candidates: Iterable[str]) -> list[str]:
    """Candidates that cannot break a line or steer a terminal, each once; none where there are too many."""
    kept = [one for one in dict.fromkeys(candidates) if one and one.isprintable()]
    return kept if len(kept) <= MOST else []


def offices(catalog: Catalog, word: str) -> list[str]:
    """What the offices are called that ``word`` begins, by code, name or pinyin initials, else is part of."""
    wanted = word.strip().lower()

    def names(office: Office) -> list[str]:
        return [name.lower() for name in (office.code, office.name, *office.short, *office.initials)]

    begun = [o for o in catalog.offices if any(name.startswith(wanted) for name in names(o))]
    held = [o for o in catalog.offices if any(wanted in name for name in names(o))]
    return [_called(office, catalog) for office in begun or held]


def _called(office: Office, catalog: Catalog) -> str:
    """The office's usual name; its code where that name is not its own alone."""
    return office.called if find_office(catalog.offices, office.called) is office else office.code


def items(catalog: Catalog, word: str, day: date) -> list[str]:
    """序号 that digits begin; else the 序号 of the one item meant by words or pinyin, or the names of all."""
    wanted = unicodedata.normalize("NFKC", word).strip()
    if wanted.isdecimal():
        return [item.no for item in _in_force(_rows(catalog, wanted), catalog, day)]
    short = len(wanted) < (4 if wanted.isascii() else 2)
    if short and len(catalog.items) > (FEW_ENOUGH_TO_READ if wanted else MOST):
        return []  # it would be found nearly everywhere, for nobody to read
    found = find_items(catalog, word, day) if wanted else _in_force(catalog.items, catalog, day)
    matters = {item.matter for item in found}
    if len(matters) > 1:
        return [item.matter for item in found]
    return [_row(item, catalog, day) for item in found]  # one item, or several of one name


def _in_force(items: Iterable[Item], catalog: Catalog, day: date) -> list[Item]:
    return [item for item in items if in_force(item, catalog, day)]


def _rows(catalog: Catalog, digits: str) -> list[Item]:
    """Items whose 序号 begins with ``digits``; in a long 清单 those of up to two digits more."""
    if len(catalog.items) <= FEW_ENOUGH_TO_READ:
        return [item for item in catalog.items if item.no.startswith(digits)]
    more = ("", *(str(n) for n in range(10)), *(f"{n:02}" for n in range(100)))
    return [item for end in more for item in catalog.items.by_no(digits + end)][:MOST]


def _row(item: Item, catalog: Catalog, day: date) -> str:
    """What names the item and no other: its 序号, else its id."""
    return item.no if find_items(catalog, item.no, day) == [item] else item.id
