#!/usr/bin/env python3
"""N5: the same networks by bench/bilinear and by IPOPT, one after the other: time, ratio, and that both come to
the same optimum.

    bilinear.py DIRECTORY [STREAMS]      DIRECTORY: where both programs are; 5,000 streams
"""
import os
import subprocess
import sys
import tempfile


def told(command):
    asked = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return asked.returncode, asked.stdout.split()


def main():
    programs = sys.argv[1]
    sizes = [int(sys.argv[2])] if len(sys.argv) > 2 else [1000, 5000]
    for shape in ("layered", "industry"):
        for streams in sizes:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "network")
                ours = os.path.join(programs, "bilinear")
                subprocess.run([ours, "--dump", shape, str(streams), path], check=True)
                _, us = told([ours, "--solve", shape, str(streams)])
                code, peer = told([os.path.join(programs, "bilinear_ipopt"), path])
            if code or len(peer) < 3:
                print("%-10s %6s streams: %s s; IPOPT gives up (%s)" % (shape, us[0], us[1], " ".join(peer)))
                continue
            apart = abs(float(us[2]) - float(peer[2])) / float(peer[2])
            print("%-10s %6s streams: ours %.3f s, IPOPT %.2f s: %.0f times; objectives apart by %.0e"
                  % (shape, us[0], float(us[1]), float(peer[1]), float(peer[1]) / float(us[1]), apart))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
