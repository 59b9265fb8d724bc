# Completion of livedebug for bash. To try it: . scripts/completion/livedebug.bash
#
# Verbs, options and words come from the program's own help, sessions from the profile (the one behind
# -c, if there is one): nothing here is to be kept in step with it.

_livedebug_sessions() {
	local i
	local -a profile=()
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config) profile=(-c "${COMP_WORDS[i + 1]/#\~/$HOME}") ;;
		esac
	done
	"$1" check "${profile[@]}" 2>/dev/null | cut -d ' ' -f 1
}

# What may stand at this place of a verb, by the first line of its help.
_livedebug_words() {
	local usage=${2%%$'\n'*}
	if [[ $usage =~ \ ([a-z]+(\|[a-z]+)+)($|\ |\]) ]] && [[ $usage != *--format\ "${BASH_REMATCH[1]}"* ]]; then
		tr '|' '\n' <<<"${BASH_REMATCH[1]}"
	fi
	if [[ $usage == *SESSION* ]]; then
		_livedebug_sessions "$1"
	fi
}

_livedebug() {
	local program=$1 word=$2 before=$3 help words=
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		words=$("$program" help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		return
	fi
	help=$("$program" "${COMP_WORDS[1]}" --help 2>/dev/null) || return
	case $before in
	--format) words=$(sed -n 's/.*--format \([a-z|]*\).*/\1/p' <<<"${help%%$'\n'*}" | tr '|' '\n') ;;
	--by) words='module function stack boot hour' ;;
	-c | --config | -o | --output | --journal | --control) ;;
	*)
		if [[ $word == -* ]]; then
			words=$(grep -o -e '--[a-z][a-z-]*' <<<"$help" | sort -u)
		else
			words=$(_livedebug_words "$program" "$help")
		fi
		;;
	esac
	if [[ -n $words || (${help%%$'\n'*} == *SESSION* && $before != -*) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _livedebug livedebug
