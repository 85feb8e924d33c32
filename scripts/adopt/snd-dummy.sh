# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# source: sound/drivers
# more: the heap has spans of its own for each size class that is used, of each CPU; kmalloc()'s slabs are shared with the rest of the kernel
# packages: alsa-utils
# programs: aplay arecord amixer
# modules: snd-pcm snd-timer
# under-test: snd-dummy
export ALSA_CONFIG_PATH=/tmp/asound.conf
echo 'pcm.d { type hw card 0 } ctl.d { type hw card 0 }' >$ALSA_CONFIG_PATH
for _ in 1 2 3; do
	dd if=/dev/urandom bs=64k count=4 2>/dev/null |
		aplay -q -D d -t raw -f S16_LE -r 48000 -c 2 &&
		arecord -q -D d -t raw -f S16_LE -r 48000 -c 2 -d 1 /tmp/recorded &&
		amixer -q -D d sset Master 50% && [ -s /tmp/recorded ] || exit 1
done
