"""Single questions, by hand."""
import random
import socket
import struct

PORT = 5300  # of every resolver
NOERROR, NXDOMAIN = 0, 3
CODES = {"NOERROR": NOERROR, "NXDOMAIN": NXDOMAIN}


def ask(address, name, rtype=1, timeout=2.0, port=PORT):
    """The response code, AD, and whether there is an answer; None where none came. AD in the query asks for AD in the reply
    (RFC 6840 section 5.7), and without DO no reply is too long for UDP."""
    number = random.randrange(65536)
    header = struct.pack("!6H", number, 0x0120, 1, 0, 0, 1)
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.connect((address, port))
        try:
            client.send(header + wire(name) + struct.pack("!HH", rtype, 1) + edns)
            while True:
                reply = client.recv(4096)
                if reply[:2] == header[:2]:
                    return reply[3] & 15, bool(reply[3] & 0x20), reply[6:8] != b"\0\0"
        except OSError:
            return None


def wire(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
