"""Sends the lines of FILE to a served book's local socket, and then END or nothing; prints what comes back.

    half.py SOCKET FILE [END]
"""
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
with open(sys.argv[2], "rb") as file:
    end = sys.argv[3].encode() + b"\n" if len(sys.argv) > 3 else b""
    connection.sendall(b"record/1 - half\n" + file.read() + end)
connection.shutdown(socket.SHUT_WR)
while True:
    said = connection.recv(65536)
    if not said:
        break
    sys.stdout.write(said.decode())
