"""The weeks ahead, worked out as nights work them out, on a ground that moves on by itself. Nothing is written."""

from sf_lifecycle.simulation.ahead import ASSUMPTION, simulate
from sf_lifecycle.simulation.figures import Simulation, Week, long_table

__all__ = ["ASSUMPTION", "Simulation", "Week", "long_table", "simulate"]
