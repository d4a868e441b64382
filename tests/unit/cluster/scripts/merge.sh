#!/bin/bash
# Written by truce submit.
#SBATCH --job-name=truce-nightly
#SBATCH --partition=lab
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=864M
#SBATCH --licenses=seat:2,windows:1
#SBATCH --time=4:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/scratch/nightly/log/merge.log"
truce='/opt/truce/bin/truce'
folder='/scratch/nightly'
store='/srv/truce'
node='/var/tmp/truce/%N'
first=0
guests=('ref' 'a guest'\''s')
jobs=1
experiments=8
. '/opt/truce/share/truce/cluster/task.sh'
