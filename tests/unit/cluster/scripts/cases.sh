#!/bin/bash
# Written by truce submit.
#SBATCH --job-name=truce-nightly
#SBATCH --partition=lab
#SBATCH --array=1-1%10
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=864M
#SBATCH --licenses=windows:1,seat:2
#SBATCH --time=4:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/scratch/nightly/log/cases-0010-%a.log"
truce='/opt/truce/bin/truce'
folder='/scratch/nightly'
store='/srv/truce'
node='/var/tmp/truce/%N'
first=10
guests=('ref' 'a guest'\''s')
jobs=1
experiments=8
. '/opt/truce/share/truce/cluster/task.sh'
