"""Log lines and events of a socket carry its id."""

import pytest

from tests.factories import person
from tests.log_capture import Lines
from tests.sockets import connected, in_thread, serving_in_process

pytestmark = pytest.mark.django_db(transaction=True)


async def test_lines_of_a_socket_carry_its_id_and_not_its_token(catalogue: None, lines: Lines) -> None:
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server, connected(server, ada, ada) as clients:
        for client in clients:
            await client.join("subject:math")
            await client.push("subject:math", "practice_completed", {"skill": "algebra", "score": 99})
        ids = {socket.id for socket in server.node.sockets}
    found = [line for line in lines() if "claimed a score" in line["event"]]
    assert {line["socket_id"] for line in found} == ids
    assert len(ids) == 2
    written = str(lines()).lower()
    assert "ada" not in written.replace("adapter", "")
    assert "token=" not in written
