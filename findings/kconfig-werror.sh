#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: with KCONFIG_WERROR=1 and KCONFIG_WARN_UNKNOWN_SYMBOLS=1, kconfig
# fails if it does not take a value as it is written; and =m without modules becomes =n.
# Instead: it changes these values without a word, and the exit code is 0.
#  - =m becomes =y if the kernel has no modules, even in allnoconfig with a fragment, and
#    allmodconfig with a fragment of MODULES=n is an allyesconfig.
#  - A number out of its range becomes the nearest one in it.
#  - The default of a choice that is "not set" gives way to the first entry; if all are "not
#    set", the first is set too. Of two that are =y the later line wins.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie trixie-backports
unpack kbuild linux-kbuild-7.3.4+deb13=7.3.4-1~bpo13+1
conf=$(find "$T/kbuild" -type f -name conf)
cd "$T"
cat >Kconfig <<'X'
config MODULES
	bool "Modules"
	modules
config DRIVER
	tristate "Driver"
config SIZE
	int "Size"
	range 10 20
	default 12
choice
	prompt "Model"
	default MODEL_B
config MODEL_A
	bool "A"
config MODEL_B
	bool "B"
config MODEL_C
	bool "C"
endchoice
X
# try COMMAND LINE-OF-THE-FRAGMENT... -- LINE: kconfig makes LINE of the fragment.
try() {
	command=$1; shift
	: >fragment
	while [ "$1" != -- ]; do
		echo "$1" >>fragment
		shift
	done
	rm -f .config
	KCONFIG_ALLCONFIG=fragment KCONFIG_WERROR=1 KCONFIG_WARN_UNKNOWN_SYMBOLS=1 \
		"$conf" "--$command" Kconfig >out 2>err || changed "exit code $?"
	not_said . err
	grep -qx -- "$2" .config || changed "$command: no $2"
	echo "    $command: $(paste -sd ';' fragment | sed 's/;/; /g') -> $2"
}
echo "conf of 7.3.4, KCONFIG_WERROR=1, exit code 0, no warnings:"
try alldefconfig 'CONFIG_DRIVER=m' -- CONFIG_DRIVER=y
try allnoconfig 'CONFIG_DRIVER=m' -- CONFIG_DRIVER=y
try allmodconfig '# CONFIG_MODULES is not set' -- CONFIG_DRIVER=y
try alldefconfig CONFIG_SIZE=99 -- CONFIG_SIZE=20
try alldefconfig '# CONFIG_MODEL_B is not set' -- CONFIG_MODEL_A=y
try allnoconfig CONFIG_MODEL_A=n CONFIG_MODEL_B=n CONFIG_MODEL_C=n -- CONFIG_MODEL_A=y
try alldefconfig CONFIG_MODEL_C=y CONFIG_MODEL_A=y -- CONFIG_MODEL_A=y
