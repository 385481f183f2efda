from validators.strategies import *
