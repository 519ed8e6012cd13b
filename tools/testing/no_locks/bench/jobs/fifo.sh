#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fifo.sh JOB ARG... - jobs/JOB.sh as a real-time task of priority 50, like a
# threaded interrupt handler of PREEMPT_RT: no worker runs before it waits.
job=$1; shift
exec fifo sh "/jobs/$job.sh" "$@"
