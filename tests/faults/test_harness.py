"""One node whose stores fail: what needs no other node."""

import time


def test_one_node_whose_database_is_killed_in_the_middle_of_writes_loses_nothing(own):
    hurt = own(1)
    traffic = hurt.traffic()
    traffic.populate(3)
    with traffic.going(0):
        time.sleep(1)
        hurt.server.kill()
        time.sleep(0.5)
        hurt.server.start()
        time.sleep(2)
    hurt.judge(traffic, lambda verdict: 0.0)
